"""Drafts of migrations: what a development database has and the files do not build, as SQL in both directions.

``reading`` asks the catalogs, ``difference`` compares and orders, ``proof`` runs the draft in a scratch database, and
``drafting`` writes the pair of files.
"""
