"""What became of a tree that was taken over."""

from __future__ import annotations


def text(tree, name):
    return (tree.migrations / name).read_bytes().decode()


def left_out(result):
    return {each.source: each.reason for each in result.left_out}


def section(up, down="SELECT 2;", option=""):
    return f"-- migrate:up{option}\n{up}\n-- migrate:down\n{down}\n"
