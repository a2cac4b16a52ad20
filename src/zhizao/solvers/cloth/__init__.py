"""Cloth on a body: the pieces of a pattern are meshed, sewn together and draped until the forces balance."""

from zhizao.solvers.cloth.body import Body, Clearance, body_of, clearance, parts_of
from zhizao.solvers.cloth.mesh import Mesh, divide, triangulate
from zhizao.solvers.cloth.problem import Cloth, Material, Settings
from zhizao.solvers.cloth.solve import Drape, End, Progress, drape
from zhizao.solvers.cloth.strain import edge_strain, edges_of, principal_stretches

__all__ = [
    "Body",
    "Clearance",
    "Cloth",
    "Drape",
    "End",
    "Material",
    "Mesh",
    "Progress",
    "Settings",
    "body_of",
    "clearance",
    "divide",
    "drape",
    "edge_strain",
    "edges_of",
    "parts_of",
    "principal_stretches",
    "triangulate",
]
