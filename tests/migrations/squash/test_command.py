"""``squash`` as a person calls it: what it says, JSON, one database and many."""

from __future__ import annotations

from tests.test_json_output import held_against


def test_a_dry_run_proves_and_writes_nothing(five, tree, command, unchanged):
    unchanged()
    done = command("squash", "--to", "4", "--dry-run")
    assert (done.returncode, done.stdout) == (0, "proven   4 files and 0004.squashed build the same 2 objects\n")


def test_the_command_says_what_it_wrote_and_json_has_it_all(five, tree, command):
    done = command("squash", "--to", "0004", "--json")
    assert done.returncode == 0, done.stderr
    answer = held_against("squash", done.stdout)
    assert (answer["id"], answer["replaces"], answer["edited"]) == ("0004.squashed", five[:4], [five[4]])
    assert [path.rpartition("/")[2] for path in answer["files"]] == ["0004.squashed.sql", "0004.squashed.rollback.sql"]
    done = command("squash", "--to", "5", "--check", "--json")
    assert held_against("squash-check", done.stdout)["replaces"] == ["0004.squashed", "0005.count-t1"]
    assert held_against("plan", command("plan", "--json").stdout)["marked"] == []


def test_apply_and_plan_tell_the_mark(five, tree, command, runner):
    runner.apply(to="4")
    command("squash", "--to", "4")
    done = command("plan")
    assert "0004.squashed would be marked in the place of the files that it replaces, and not run" in done.stderr
    done = command("apply", "--to", "4")
    assert done.stdout == "marked   0004.squashed  in the place of 4 applied files\n1 pending after 4\n"
    assert held_against("apply", command("apply", "--json").stdout)["marked"] == []


def test_all_databases_are_asked_before_anything_is_written(five, tree, avdaily, database_in, unchanged, tmp_path):
    done_with, behind = database_in(5), database_in(2)
    listed = tmp_path / "databases.txt"
    listed.write_text(f"{done_with}\n{behind}\n")
    unchanged()
    done = avdaily("--sql-dir", tree.root, "squash", "--to", "4", "--databases", listed)
    assert done.returncode == 6
    assert "0003.fill-t1 is not applied to" in done.stdout
    assert "1 of 2" in done.stderr or "0 of 1 ok" in done.stderr


def test_all_databases_agree_and_the_files_are_written_once(five, tree, avdaily, database_in, tmp_path):
    listed = tmp_path / "databases.txt"
    listed.write_text(f"{database_in(5)}\n{database_in(4)}\n{database_in()}\n")
    done = avdaily("--sql-dir", tree.root, "squash", "--to", "4", "--databases", listed)
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("written") == 2
    done = avdaily("--sql-dir", tree.root, "apply", "--databases", listed)
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("marked   0004.squashed") == 2
    assert done.stdout.count("applied  0004.squashed") == 1
