"""The built layers: small, complete, importable on their own, and compiled so that no packaging step can stale them."""

import hashlib
import json
import subprocess
import sys
from pathlib import Path

import botocore.session
import pytest

from infra.build import bytecode, layer, trim
from infra.build.deferred import MODULES

pytestmark = pytest.mark.infra

LAMBDA = layer.Target("3.13", "arm64")
NAMES = sorted(path.parent.name for path in layer.LAYERS.glob("*/__init__.py"))
MEGABYTE = 1_000_000
LARGEST = 25 * MEGABYTE
HASH_UNCHECKED = 1  # PEP 552: bit 0 says hash instead of time, bit 1 would say that the source is compared
AARCH64 = 183  # e_machine in the ELF header


@pytest.fixture(scope="session")
def host(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Every layer built for this machine, by name."""
    return _build_all(tmp_path_factory.mktemp("host"), layer.Target.host())


@pytest.fixture(scope="session")
def aws(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Every layer built for Lambda on arm64, by name."""
    return _build_all(tmp_path_factory.mktemp("lambda"), LAMBDA)


def _build_all(out: Path, target: layer.Target) -> dict[str, Path]:
    return {name: layer.build(name, out / name, target) for name in NAMES}


def _size(root: Path) -> int:
    return sum(path.stat().st_size for path in root.rglob("*") if path.is_file())


def _pyc_flags(path: Path) -> int:
    return int.from_bytes(path.read_bytes()[4:8], "little")


def _in_clean_interpreter(code: str, *paths: Path) -> str:
    """Run `code` with nothing to import from but the standard library and `paths`, as a function would."""
    program = f"import sys; sys.dont_write_bytecode = True; sys.path[:0] = {[str(p) for p in paths]!r}\n{code}"
    environment = {"AWS_DEFAULT_REGION": "eu-west-2"}
    result = subprocess.run(
        [sys.executable, "-I", "-S", "-W", "error", "-c", program],
        capture_output=True,
        text=True,
        env=environment,
        timeout=120,
        check=False,
    )
    assert result.returncode == 0, result.stderr
    return result.stdout


def test_layers_stay_small(host: dict[str, Path], aws: dict[str, Path]) -> None:
    sizes = {
        f"{kind} {name}": _size(path) for kind, built in (("host", host), ("aws", aws)) for name, path in built.items()
    }
    assert {name: size for name, size in sizes.items() if size >= LARGEST} == {}


@pytest.mark.parametrize("name", NAMES)
def test_every_module_has_bytecode_that_is_never_checked(host: dict[str, Path], name: str) -> None:
    sources = [path for path in host[name].rglob("*.py") if "__pycache__" not in path.parts]
    compiled = [path.parent / "__pycache__" / f"{path.stem}.{sys.implementation.cache_tag}.pyc" for path in sources]
    assert sources
    assert [path for path in compiled if not path.exists()] == []
    assert {_pyc_flags(path) for path in compiled} == {HASH_UNCHECKED}


def test_lambda_layers_have_the_bytecode_of_their_own_python_where_one_is_installed(aws: dict[str, Path]) -> None:
    compiled = [path for root in aws.values() for path in root.rglob("*.pyc")]
    expected = {f".cpython-{LAMBDA.python.replace('.', '')}"} if bytecode.find_interpreter(LAMBDA.python) else set()
    assert {Path(path.stem).suffix for path in compiled} == expected
    assert {_pyc_flags(path) for path in compiled} <= {HASH_UNCHECKED}


def test_lambda_layers_hold_arm64_libraries_of_their_own_python(aws: dict[str, Path]) -> None:
    libraries = [path for root in aws.values() for path in root.rglob("*.so")]
    assert any(path.name.startswith("_pydantic_core.cpython-313-aarch64") for path in libraries)
    assert {int.from_bytes(path.read_bytes()[18:20], "little") for path in libraries} == {AARCH64}


def test_chalice_is_its_two_runtime_files(host: dict[str, Path]) -> None:
    chalice = host["kernel"] / "chalice"
    assert {path.name for path in chalice.iterdir() if path.name != "__pycache__"} == {"__init__.py", "app.py"}


@pytest.mark.parametrize("name", NAMES)
def test_every_module_imports_from_the_layer_alone(host: dict[str, Path], name: str) -> None:
    modules = sorted(
        ".".join(path.relative_to(host[name]).with_suffix("").parts).removesuffix(".__init__")
        for path in (host[name] / name).rglob("*.py")
    )
    code = f"import importlib\nfor name in {modules!r}: importlib.import_module(name)\nprint('boto3' in sys.modules)"
    assert _in_clean_interpreter(code, host[name], host["kernel"]) == "False\n"


def test_fakes_and_build_files_are_not_shipped(host: dict[str, Path]) -> None:
    shipped = {path.name for name in NAMES for path in (host[name] / name).rglob("*") if path.is_file()}
    assert {name for name in shipped if name.endswith("fakes.py")} == set()
    assert shipped & {"Makefile", "requirements.txt"} == set()


def test_a_context_does_not_ship_again_what_the_kernel_ships(host: dict[str, Path]) -> None:
    kernel = {path.name for path in host["kernel"].iterdir()}
    repeated = {name: kernel & {path.name for path in host[name].iterdir()} for name in NAMES if name != "kernel"}
    assert {name: both - {"__pycache__"} for name, both in repeated.items() if both - {"__pycache__"}} == {}


def test_trimmed_botocore_has_every_operation_and_endpoint_of_the_services_in_use(host: dict[str, Path]) -> None:
    code = f"""
import botocore.session, json
session = botocore.session.get_session()
def facts(name):
    client = session.create_client(name)
    model = client.meta.service_model
    return [client.meta.endpoint_url, model.api_version, sorted(model.operation_names), sorted(model.shape_names)]
print(json.dumps({{name: facts(name) for name in {sorted(trim.SERVICES)}}}))
"""
    trimmed = json.loads(_in_clean_interpreter(code, host["kernel"]))
    session = botocore.session.get_session()
    for name, found in trimmed.items():
        client = session.create_client(name, region_name="eu-west-2")
        model = client.meta.service_model
        names = [sorted(model.operation_names), sorted(model.shape_names)]
        assert found == [client.meta.endpoint_url, model.api_version, *names]
    assert sorted(trimmed) == sorted(trim.SERVICES)


def test_what_is_loaded_on_first_use_is_not_loaded_before(host: dict[str, Path]) -> None:
    code = """
import sys
from kernel import aws, dynamo, http, telemetry
aws.client("dynamodb")
telemetry.logger()
print([name for name in sys.modules if "_deferred" in name])
"""
    assert _in_clean_interpreter(code, host["kernel"]) == "[]\n"


def test_what_is_loaded_on_first_use_works(host: dict[str, Path]) -> None:
    code = """
import jmespath, dateutil.parser, urllib3.http2, aws_lambda_powertools
from aws_lambda_powertools.utilities import jmespath_utils
from botocore.retries import adaptive
from kernel import aws, telemetry
assert jmespath.search("a.b", {"a": {"b": 1}}) == 1
assert dateutil.parser.parse("2026-01-02T03:04:05Z").year == 2026
assert jmespath_utils.query({"a": 1}, "a", {}) == 1
assert urllib3.http2.inject_into_urllib3 and adaptive.register_retry_handler and aws_lambda_powertools.Metrics
assert "put_item" in str(type(aws.client("dynamodb")).put_item.__doc__)
telemetry.count("Tried", route="none")
try:
    jmespath.nothing_of_this_name
except AttributeError as error:
    print(error)
"""
    lines = _in_clean_interpreter(code, host["kernel"]).splitlines()
    assert json.loads(lines[0])["Tried"] == [1.0]
    assert "nothing_of_this_name" in lines[1]


def test_every_deferred_module_is_in_the_layer(host: dict[str, Path]) -> None:
    for deferred in MODULES:
        path = host["kernel"].joinpath(*deferred.module.split("."))
        whole = path / "_deferred.py" if path.is_dir() else path.with_name(f"_deferred_{path.name}.py")
        assert whole.exists(), deferred.module


def test_the_stripe_client_and_its_webhook_check_work_in_the_trimmed_layer(host: dict[str, Path]) -> None:
    code = """
import stripe
client = stripe.StripeClient("sk_test_x")
assert callable(client.v1.payment_intents.create) and callable(client.v1.refunds.create)
try:
    stripe.Webhook.construct_event(b"{}", "t=1,v1=00", "whsec_x")
except stripe.SignatureVerificationError:
    print("refused")
"""
    assert _in_clean_interpreter(code, host["payments"], host["kernel"]) == "refused\n"


def test_equal_input_gives_equal_bytes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    digests = []
    for attempt in ("first", "second"):
        monkeypatch.setattr(layer, "CACHE", tmp_path / f"cache-{attempt}")
        digests.append(_digest(layer.build("kernel", tmp_path / attempt, layer.Target.host())))
    assert digests[0] == digests[1]


def _digest(root: Path) -> dict[str, tuple[str, float]]:
    return {
        str(path.relative_to(root)): (hashlib.sha256(path.read_bytes()).hexdigest(), path.stat().st_mtime)
        for path in root.rglob("*")
        if path.is_file()
    }


def test_an_unknown_layer_is_refused_by_name(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert layer.main(["nonesuch", str(tmp_path), "--target", "host"]) == 1
    assert "there is no layer 'nonesuch'" in capsys.readouterr().err


def test_a_python_that_is_not_installed_means_no_bytecode_and_a_word_about_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "module.py").write_text("answer = 42\n")
    bytecode.compile_tree(tmp_path, "/opt/python", "3.99")
    assert list(tmp_path.rglob("*.pyc")) == []
    assert "no Python 3.99 found" in capsys.readouterr().err
