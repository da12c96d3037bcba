"""The same verbs over docker compose: what we ask docker to do, and a real PostgreSQL where its container would be.

The ``docker`` of these tests is a stand-in that writes down what it is asked and answers as docker does.
"""

import json
import shutil
from pathlib import Path

import psycopg
import pytest

REPOSITORY = Path(__file__).resolve().parent.parent

STAND_IN = """#!/bin/sh
for word in "$@"; do printf '%s\\t' "$word"; done >> "$RECORD"
echo >> "$RECORD"
case "$*" in
  "ps --quiet"*) [ -n "$DAEMON_DOWN" ] && echo "Cannot connect to the Docker daemon" >&2 && exit 1
                 [ -f "$RECORD.running" ] && echo 0123456789ab ;;
  *" config --format json") cat "$RECORD.config" ;;
  *" up --detach --wait postgres") touch "$RECORD.running" ;;
  *" stop postgres"|*" down"|*" down --volumes") rm -f "$RECORD.running" ;;
  *" logs "*) echo "LOG: from the container" ;;
  *) echo "unexpected: $*" >&2; exit 64 ;;
esac
exit 0
"""


class Checkout:
    def __init__(self, root: Path, avdaily, url: str) -> None:
        self.root = root
        self.avdaily = avdaily
        self.record = root / "record"
        self.file = root / "docker-compose.yml"
        (root / "sql" / "migrations").mkdir(parents=True)
        (root / "pyproject.toml").write_text('[project]\nname = "avdaily-sql"\n')
        shutil.copy(REPOSITORY / "docker-compose.yml", self.file)
        (root / "bin").mkdir()
        (root / "bin" / "docker").write_text(STAND_IN)
        (root / "bin" / "docker").chmod(0o755)
        known = psycopg.conninfo.conninfo_to_dict(url)
        environment = {
            "POSTGRES_USER": known["user"],
            "POSTGRES_PASSWORD": known["password"],
            "POSTGRES_DB": known["dbname"],
        }
        port = {"target": 5432, "published": str(known["port"]), "host_ip": "127.0.0.1"}
        config = {"services": {"postgres": {"environment": environment, "ports": [port]}}}
        Path(f"{self.record}.config").write_text(json.dumps(config))

    def run(self, *arguments, code=0, **env):
        path = {"PATH": f"{self.root}/bin:/usr/bin:/bin", "RECORD": str(self.record)}
        done = self.avdaily(*arguments, cwd=self.root, env=path | {"AVDAILY_DATA_DIR": str(self.root / "data")} | env)
        assert done.returncode == code, done.stdout + done.stderr
        return done

    def asked(self) -> list[list[str]]:
        lines = self.record.read_text().splitlines() if self.record.exists() else []
        return [line.rstrip("\t").split("\t") for line in lines]

    def compose_calls(self) -> list[list[str]]:
        base = ["compose", "--file", str(self.file)]
        calls = [words for words in self.asked() if words[0] == "compose"]
        assert all(words[:3] == base for words in calls)
        return [words[3:] for words in calls if words[3] != "config"]


@pytest.fixture
def checkout(tmp_path, avdaily, tcp_url, database_url):
    name = psycopg.conninfo.conninfo_to_dict(database_url)["dbname"]
    (tmp_path / "checkout").mkdir()
    return Checkout(tmp_path / "checkout", avdaily, tcp_url.rpartition("/")[0] + f"/{name}")


def test_start_waits_until_the_service_is_healthy(checkout):
    done = checkout.run("db", "start", "--docker")
    assert done.stdout.startswith("started  postgresql://postgres:***@127.0.0.1:")
    assert checkout.compose_calls() == [["up", "--detach", "--wait", "postgres"]]
    assert checkout.run("db", "start", "--docker").stdout.startswith("running  ")


def test_a_running_service_is_used_without_being_named(checkout):
    checkout.run("db", "start", "--docker")
    done = checkout.run("db", "psql", "-qAtc", "SELECT current_database(), inet_server_addr()")
    assert done.stdout.endswith("|127.0.0.1\n")
    assert done.stderr == f"using the compose service of {checkout.file} (DATABASE_URL is not set)\n"
    assert not (checkout.root / "data").exists()


def test_whether_the_service_runs_is_asked_for_this_checkouts_file(checkout):
    checkout.run("db", "status", "--docker")
    (asked,) = [words for words in checkout.asked() if words[0] == "ps"]
    assert f"label=com.docker.compose.project.config_files={checkout.file}" in asked
    assert "label=com.docker.compose.service=postgres" in asked


def test_status_of_a_service_that_does_not_run_starts_nothing(checkout):
    found = json.loads(checkout.run("db", "status", "--docker", "--json").stdout)
    assert (found["running"], found["kind"], found["version"]) == (False, "docker", None)
    assert checkout.compose_calls() == []


def test_status_of_a_running_service_is_the_servers_own(checkout):
    checkout.run("db", "start", "--docker")
    found = json.loads(checkout.run("db", "status", "--json").stdout)
    assert (found["running"], found["kind"]) == (True, "docker")
    assert found["bytes"] > 0
    assert ":***@127.0.0.1:" in found["url"]


def test_stop_and_down_keep_the_volume(checkout):
    checkout.run("db", "start", "--docker")
    assert checkout.run("db", "stop").stdout == "stopped\n"
    assert checkout.run("db", "stop", "--docker").stdout == "not running\n"
    checkout.run("db", "down", "--docker")
    assert checkout.compose_calls()[1:] == [["stop", "postgres"], ["down"]]


def test_down_with_volumes_goes_through_the_guards(checkout):
    checkout.run("db", "start", "--docker")
    done = checkout.run("db", "down", "--docker", "--volumes", code=6)
    assert "would be lost: " in done.stderr
    assert done.stderr.splitlines()[-1] == "avdaily-sql db down --volumes --docker --yes"
    assert ["down", "--volumes"] not in checkout.compose_calls()
    checkout.run("db", "down", "--docker", "--volumes", "--yes")
    assert checkout.compose_calls()[-1] == ["down", "--volumes"]


def test_logs_are_the_services(checkout):
    checkout.run("db", "start", "--docker")
    assert checkout.run("db", "logs").stdout == "LOG: from the container\n"
    assert checkout.run("db", "logs", "-f").stdout == "LOG: from the container\n"
    logs = ["logs", "--no-log-prefix", "--tail", "200"]
    assert checkout.compose_calls()[1:] == [[*logs, "postgres"], [*logs, "--follow", "postgres"]]


def test_the_password_of_the_service_is_never_shown(checkout):
    config = json.loads(Path(f"{checkout.record}.config").read_text())
    password = config["services"]["postgres"]["environment"]["POSTGRES_PASSWORD"]
    for arguments in (("start", "--docker"), ("url",), ("status",), ("environment",), ("stop",)):
        done = checkout.run("db", *arguments)
        assert password not in done.stdout + done.stderr
    assert not any(password in word for words in checkout.asked() for word in words)


def test_a_docker_without_its_daemon_leaves_the_embedded_server(checkout):
    found = json.loads(checkout.run("db", "status", "--json", DAEMON_DOWN="1").stdout)
    assert found["kind"] == "embedded"


def test_production_without_a_url_starts_no_container(checkout):
    done = checkout.run("db", "start", "--docker", code=2, AVDAILY_ENV="production")
    assert done.stderr.startswith("Error: DATABASE_URL is not set, and this is production")
    assert checkout.asked() == []


def test_without_docker_the_error_says_so(checkout):
    (checkout.root / "bin" / "docker").unlink()
    done = checkout.run("db", "start", "--docker", code=8, PATH=f"{checkout.root}/bin")
    assert done.stderr.startswith("Error: docker is not installed\n")


def test_without_a_compose_file_the_error_says_where_it_was_looked_for(checkout):
    checkout.file.unlink()
    done = checkout.run("db", "start", "--docker", code=2)
    assert done.stderr.startswith(f"Error: there is no docker-compose.yml in {checkout.root}\n")


def test_a_docker_without_compose_is_named(checkout):
    (checkout.root / "bin" / "docker").write_text(
        "#!/bin/sh\n[ $1 = ps ] && exit 0\necho 'unknown flag: --file' >&2\nexit 125\n"
    )
    done = checkout.run("db", "start", "--docker", code=8)
    assert done.stderr.startswith("Error: this docker has no compose plugin\n")


def test_the_compose_file_listens_on_this_machine_only_and_keeps_the_data_where_18_looks_for_it():
    text = (REPOSITORY / "docker-compose.yml").read_text()
    assert "image: postgres:18\n" in text
    assert '- "127.0.0.1:${POSTGRES_PORT:-5432}:5432"\n' in text
    assert "- data:/var/lib/postgresql\n" in text
