"""How kernels become machine code: the only folder that knows Numba's inner parts.

`decorators` is what kernels use. `pointers` lets `Tables` and `State` cross into compiled code as one word
each, and `callbacks` lets compiled code call a rule of the user's; both keep to Numba's extension interface.
`calls` and `patches` shorten compiling and speed up calls between kernels; they reach into Numba's inner
parts, act only while an entry of ours is compiled, and are left out where `options.LEAN` is off.
"""
