"""Pictures of figures and of tables as SVG text: made from dataclasses, without scripts, styles or any file.

What a picture looks like is decided by its classes in ``static/pictures.css``; every text in it is escaped. A page
shows the same figures as a table beside it, for those who do not see the picture or want to copy from it.
"""

from __future__ import annotations
