"""The pages: one module a subject, each with its ``ROUTES``."""

# In the order in which they are asked; a module is known by being named here.
MODULES = ("home", "table", "row", "plan", "query", "search", "person", "pictures")
