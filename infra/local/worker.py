"""The process that runs one Lambda function locally: read an event, call the handler, answer, repeat.

It is started as a script by the emulator (see `patches/functions.py`) with nothing but the standard library, so it
must not import anything of Agora. One JSON object a line arrives on the original stdin and one leaves on the original
stdout; both are moved to private descriptors first, so that whatever the handler prints ends up in its log and
nowhere else.
"""

from __future__ import annotations

import importlib
import json
import logging
import os
import site
import sys
import time
import traceback
from typing import Any

LOG_FORMAT = "[%(levelname)s]\t%(asctime)s.%(msecs)03dZ\t%(aws_request_id)s\t%(message)s"


class InitError(Exception):
    """The function could not be loaded; `error_type` is the name that AWS gives to the reason."""

    def __init__(self, error_type: str, message: str) -> None:
        super().__init__(message)
        self.error_type = error_type


class Context:
    """What AWS hands to a handler as its second argument."""

    identity = None
    client_context = None

    def __init__(self, invocation: dict[str, Any]) -> None:
        self.function_name = os.environ["AWS_LAMBDA_FUNCTION_NAME"]
        self.function_version = os.environ["AWS_LAMBDA_FUNCTION_VERSION"]
        self.memory_limit_in_mb = os.environ["AWS_LAMBDA_FUNCTION_MEMORY_SIZE"]
        self.log_group_name = os.environ["AWS_LAMBDA_LOG_GROUP_NAME"]
        self.log_stream_name = os.environ["AWS_LAMBDA_LOG_STREAM_NAME"]
        self.invoked_function_arn = invocation["arn"]
        self.aws_request_id = invocation["request_id"]
        self._deadline = invocation["deadline"]

    def get_remaining_time_in_millis(self) -> int:
        """Milliseconds until the function's timeout."""
        return max(0, int((self._deadline - time.time()) * 1000))


class RequestIdFilter(logging.Filter):
    """Adds the current request id to each record, as the AWS runtime does."""

    request_id = ""

    def filter(self, record: logging.LogRecord) -> bool:
        """Keep every record."""
        record.aws_request_id = self.request_id
        return True


def private_streams() -> tuple[Any, Any]:
    """Take the protocol's two streams away from the handler: its stdin is empty, its stdout is the log."""
    requests = os.fdopen(os.dup(0), "r", encoding="utf-8")
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    null = os.open(os.devnull, os.O_RDONLY)
    os.dup2(null, 0)
    os.dup2(2, 1)
    sys.stdout = os.fdopen(1, "w", encoding="utf-8", buffering=1, closefd=False)
    sys.stderr = os.fdopen(2, "w", encoding="utf-8", buffering=1, closefd=False)
    return requests, answers


def extend_path(code_dir: str, layer_dirs: list[str], runtime_dir: str) -> None:
    """Search as AWS does: the function, then its layers, then what the runtime itself brings (boto3)."""
    entries = [code_dir]
    for layer in layer_dirs:
        entries.append(os.path.join(layer, "python"))
    sys.path[:0] = [entry for entry in entries if os.path.isdir(entry)]
    for layer in layer_dirs:
        versions = os.path.join(layer, "python", "lib")
        for version in sorted(os.listdir(versions)) if os.path.isdir(versions) else []:
            site.addsitedir(os.path.join(versions, version, "site-packages"))
    sys.path.append(runtime_dir)


def configure_logging() -> RequestIdFilter:
    """Give the root logger the handler that AWS gives it, or records below WARNING would vanish."""
    handler = logging.StreamHandler(sys.stderr)
    formatter = logging.Formatter(LOG_FORMAT, "%Y-%m-%dT%H:%M:%S")
    formatter.converter = time.gmtime
    handler.setFormatter(formatter)
    request_ids = RequestIdFilter()
    handler.addFilter(request_ids)
    logging.getLogger().addHandler(handler)
    return request_ids


def load_handler(name: str) -> Any:
    """Import `module.function`, reporting what goes wrong under the names that AWS uses."""
    module_name, _, function_name = name.replace("/", ".").rpartition(".")
    try:
        module = importlib.import_module(module_name)
    except ImportError as error:
        traceback.print_exc()
        raise InitError("Runtime.ImportModuleError", f"Unable to import module '{module_name}': {error}") from error
    except SyntaxError as error:
        raise InitError("Runtime.UserCodeSyntaxError", f"Syntax error in module '{module_name}': {error}") from error
    try:
        return getattr(module, function_name)
    except AttributeError as error:
        message = f"Handler '{function_name}' missing on module '{module_name}'"
        raise InitError("Runtime.HandlerNotFound", message) from error


def describe(error: BaseException, request_id: str) -> dict[str, Any]:
    """The JSON that AWS answers for an exception: Step Functions matches Retry and Catch on `errorType`."""
    kind = error.error_type if isinstance(error, InitError) else type(error).__name__
    frames = traceback.extract_tb(error.__traceback__)
    own = [frame for frame in frames if frame.filename != __file__]
    return {
        "errorMessage": str(error),
        "errorType": kind,
        "requestId": request_id,
        "stackTrace": traceback.format_list(own),
    }


def log_error(failure: dict[str, Any]) -> None:
    """Write an unhandled error where the handler's own output goes."""
    print(f"[ERROR] {failure['errorType']}: {failure['errorMessage']}", file=sys.stderr)
    if failure["stackTrace"]:
        print("Traceback (most recent call last):\n" + "".join(failure["stackTrace"]), end="", file=sys.stderr)


def call(handler: Any, invocation: dict[str, Any]) -> str:
    """Run one invocation and return its answer as one line of JSON."""
    request_id = invocation["request_id"]
    try:
        result = handler(invocation["event"], Context(invocation))
    except Exception as error:
        failure = describe(error, request_id)
        log_error(failure)
        return json.dumps({"status": "error", "failure": failure})
    try:
        return json.dumps({"status": "ok", "result": result})
    except (TypeError, ValueError) as error:
        message = f"Unable to marshal response: {error}"
        failure = describe(InitError("Runtime.MarshalError", message), request_id)
        log_error(failure)
        return json.dumps({"status": "error", "failure": failure})


def set_trace(trace_id: str | None) -> None:
    """Expose the X-Ray trace header of this invocation."""
    if trace_id:
        os.environ["_X_AMZN_TRACE_ID"] = trace_id
    else:
        os.environ.pop("_X_AMZN_TRACE_ID", None)


def send(answers: Any, line: str, mark: str) -> None:
    """Answer; `mark` closes this invocation's log first, so that the emulator need not guess where it ends."""
    sys.stdout.flush()
    sys.stderr.flush()
    os.write(2, f"{mark}\n".encode())
    answers.write(line + "\n")
    answers.flush()


def main() -> None:
    """Load the handler once, then serve invocations until stdin closes."""
    requests, answers = private_streams()
    init = json.loads(requests.readline())
    mark = init["mark"]
    extend_path(init["code_dir"], init["layer_dirs"], init["runtime_dir"])
    request_ids = configure_logging()
    try:
        handler = load_handler(init["handler"])
    except Exception as error:
        failure = describe(error, "")
        log_error(failure)
        send(answers, json.dumps({"status": "error", "failure": failure}), mark)
        return
    send(answers, json.dumps({"status": "ready"}), mark)
    while line := requests.readline():
        invocation = json.loads(line)
        request_ids.request_id = invocation["request_id"]
        set_trace(invocation["trace_id"])
        send(answers, call(handler, invocation), mark)


if __name__ == "__main__":
    main()
