"""``squash``: one pair of files in the place of many, proven to build the same and to undo the whole of it."""
