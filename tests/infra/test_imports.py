"""Dependencies point inward: functions → application → model; what a function imports at start is on its list."""

from __future__ import annotations

import ast
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from infra.templates import ROOT, Function, Template
from tests.infra import project

pytestmark = pytest.mark.infra

CONTEXTS = sorted(path.name for path in project.LAYERS.iterdir() if (path / "__init__.py").exists())
LAYER_FILES = sorted(path for context in CONTEXTS for path in (project.LAYERS / context).rglob("*.py"))
APPS = sorted((ROOT / "functions").glob("*/*/app.py"))
each_layer_file = pytest.mark.parametrize("path", LAYER_FILES, ids=lambda path: str(path.relative_to(ROOT)))
each_app = pytest.mark.parametrize("path", APPS, ids=lambda path: str(path.parent.relative_to(ROOT)))

# Modules that speak to the world outside: only a composition root may choose them.
ADAPTER_LIBRARIES = frozenset({"boto3", "botocore", "pynamodb", "stripe"})
PURE = frozenset({"model", "events", "errors", "views", "ports"})


def _imports(path: Path, *, at_start_only: bool = False) -> Iterator[str]:
    """The absolute names of every module that a file imports, and of what it takes from them."""
    module = project.tree(path)
    nodes = module.body if at_start_only else list(ast.walk(module))
    for node in nodes:
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative import"
            yield str(node.module)
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def _context(path: Path) -> str:
    return path.relative_to(project.LAYERS).parts[0]


def _module(path: Path) -> str:
    """`dynamo` of layers/orders/dynamo.py and of layers/orders/dynamo/items.py."""
    return Path(path.relative_to(project.LAYERS).parts[1]).stem


def _is_adapter(path: Path) -> bool:
    """Whether a module of a context speaks to AWS or to another outside service itself."""
    return any(name.partition(".")[0] in ADAPTER_LIBRARIES or name.startswith("kernel.aws") for name in _imports(path))


@each_layer_file
def test_no_context_imports_another(path: Path) -> None:
    others = set(CONTEXTS) - {_context(path), "kernel"}
    assert {name.partition(".")[0] for name in _imports(path)}.isdisjoint(others)


@each_layer_file
def test_layers_do_not_know_functions_tests_or_tools(path: Path) -> None:
    roots = {name.partition(".")[0] for name in _imports(path)}
    assert roots.isdisjoint({"functions", "tests", "infra", "bench", "moto"})


@each_layer_file
def test_only_the_composition_root_chooses_adapters(path: Path) -> None:
    context, module = _context(path), _module(path)
    if context == "kernel" or module == "bootstrap":
        return
    folder = project.LAYERS / context
    own = {name.split(".")[1] for name in _imports(path) if name.startswith(f"{context}.")} - {module}
    files = {name: [folder / f"{name}.py", *sorted((folder / name).glob("*.py"))] for name in own}
    chosen = {name for name in own if any(_is_adapter(file) for file in files[name] if file.is_file())}
    assert "bootstrap" not in own
    assert not chosen or _is_adapter(path), f"{module} imports {chosen}"


@each_layer_file
def test_the_domain_is_pure(path: Path) -> None:
    if _context(path) == "kernel" or _module(path) not in PURE:
        return
    roots = {name.partition(".")[0] for name in _imports(path)}
    assert roots.isdisjoint({*ADAPTER_LIBRARIES, "chalice", "os", "aws_lambda_powertools"})
    if _module(path) == "model":
        own = {name.split(".")[1] for name in _imports(path) if name.startswith(f"{_context(path)}.")}
        assert own.isdisjoint({"application", "api", "bootstrap", "dynamo", "fakes", "views", "tasks"})


@each_layer_file
def test_layer_reads_no_environment(path: Path) -> None:
    """The one place that reads it is `Settings.from_env`, which an app.py calls."""
    reading = [
        node
        for node in ast.walk(project.tree(path))
        if isinstance(node, ast.Attribute) and node.attr in ("environ", "getenv") and ast.unparse(node.value) == "os"
    ]
    assert len(reading) == (1 if path == project.LAYERS / "kernel" / "settings.py" else 0)


@each_layer_file
def test_layer_does_no_work_at_import(path: Path) -> None:
    """Statements at module level define things; a bare call would do something."""
    calls = [
        node for node in project.tree(path).body if isinstance(node, ast.Expr) and isinstance(node.value, ast.Call)
    ]
    assert calls == []


@each_app
def test_function_imports_its_own_context_and_the_kernel(path: Path) -> None:
    context = path.relative_to(ROOT / "functions").parts[0]
    roots = {name.partition(".")[0] for name in _imports(path)}
    assert roots <= {context, "kernel", "collections", "typing", "dataclasses", "http"}
    modules = {name.split(".")[1] for name in _imports(path) if name.startswith(f"{context}.")}
    assert modules.isdisjoint({"dynamo", "fakes", "sandbox", "stripe", "lambda_rpc"})


# Forks one cold start after another from a process that has what nearly every function needs anyway, so that what each
# one adds is seen without paying for the same imports fifty times.
PROBE = """\
import importlib.util, json, os, sys

import aws_lambda_powertools, chalice.app, botocore.session, botocore.client, pynamodb.models, pynamodb.transactions

def start(path, environment):
    os.environ.update(environment)
    spec = importlib.util.spec_from_file_location("app", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    route = getattr(module.app, "declaration", None)
    print(json.dumps([path, sorted(sys.modules), route is not None and route.body is not None]), flush=True)

for path, environment in json.load(sys.stdin):
    child = os.fork()
    if not child:
        start(path, environment)
        os._exit(0)
    if os.waitpid(child, 0)[1]:
        sys.exit(f"{path} does not start")
"""

NEVER = frozenset({"boto3", "s3transfer", "requests", "pip", "setuptools", "yaml", "aws_xray_sdk", "moto", "pytest"})
HEAVY_POWERTOOLS = ("utilities.parser", "utilities.idempotency", "utilities.parameters", "event_handler")
LIBRARIES = frozenset(
    "annotated_types aws_lambda_powertools botocore certifi chalice dateutil jmespath pydantic pydantic_core pynamodb "
    "six typing_extensions typing_inspection ulid urllib3".split()
)
CRYPTOGRAPHY = frozenset({"argon2", "_argon2_cffi_bindings", "cffi", "joserfc", "cryptography"})
OF_CONTEXT = {"identity": CRYPTOGRAPHY}


@pytest.fixture(scope="module")
def started() -> dict[str, tuple[set[str], bool]]:
    """By folder: the modules that are there after a cold start, and whether the function takes a body."""
    given = [(str(ROOT / each.folder / "app.py"), template.environment(each)) for template, each in project.functions()]
    kept = {name: value for name, value in os.environ.items() if not name.startswith("AGORA_")}
    done = subprocess.run(
        [sys.executable, "-c", PROBE],
        input=json.dumps(given),
        env={**kept, "PYTHONPATH": str(project.LAYERS), "AWS_DEFAULT_REGION": "eu-west-2"},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    answers = [json.loads(line) for line in done.stdout.splitlines()]
    return {str(Path(path).parent.relative_to(ROOT)): (set(names), body) for path, names, body in answers}


@pytest.mark.parametrize(
    ("template", "function"), project.functions(), ids=[each.name for _, each in project.functions()]
)
def test_cold_start_imports_what_is_on_the_list(
    template: Template, function: Function, started: dict[str, tuple[set[str], bool]]
) -> None:
    names, takes_body = started[function.folder]
    roots = {name.partition(".")[0] for name in names}
    assert roots.isdisjoint(NEVER)
    assert names.isdisjoint({f"aws_lambda_powertools.{heavy}" for heavy in HEAVY_POWERTOOLS})
    assert takes_body or "pydantic" not in roots, "a function without a body pays for pydantic"
    installed = {name for name in roots if name not in sys.stdlib_module_names and not name.startswith("_")}
    assert installed - {*CONTEXTS, "app"} <= LIBRARIES | OF_CONTEXT.get(template.context, frozenset())


@pytest.mark.parametrize("folder", ["functions/system/get_health", "functions/system/get_info"])
def test_function_that_asks_nobody_does_not_load_the_aws_client(folder: str) -> None:
    source = f"import runpy, sys; runpy.run_path({str(ROOT / folder / 'app.py')!r}); print(sorted(sys.modules))"
    done = subprocess.run(
        [sys.executable, "-c", source],
        env={"PYTHONPATH": str(project.LAYERS)},
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    assert "'chalice.app'" in done.stdout
    assert "'botocore.client'" not in done.stdout
    assert "'pynamodb" not in done.stdout
