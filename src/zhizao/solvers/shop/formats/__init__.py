"""Files of benchmark shops: `read_shop` makes a problem of any of them."""

from zhizao.solvers.shop.formats.layout import read_layout, with_layout
from zhizao.solvers.shop.formats.reader import FORMS, Form, holds_shop, read_shop

__all__ = ["FORMS", "Form", "holds_shop", "read_layout", "read_shop", "with_layout"]
