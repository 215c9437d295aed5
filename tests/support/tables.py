"""Tables in the mocked AWS exactly as the templates define them: keys, indexes, stream."""

from functools import lru_cache
from typing import Any

from cfnlint.decode import cfn_yaml

from kernel import aws
from tests.support.functions import ROOT

_AS_DEFINED = ("AttributeDefinitions", "KeySchema", "GlobalSecondaryIndexes", "BillingMode")


def create_from_template(context: str, name: str | None = None, prefix: str = "agora") -> str:
    """Create the table of infra/<context>.yaml whose logical id is `name`, by default `<Context>Table`; its name."""
    properties = _template(context)["Resources"][name or f"{context.capitalize()}Table"]["Properties"]
    request: dict[str, Any] = {key: _plain(properties[key]) for key in _AS_DEFINED if key in properties}
    request["TableName"] = str(properties["TableName"]["Fn::Sub"]).replace("${Prefix}", prefix)
    if "StreamSpecification" in properties:
        view = str(properties["StreamSpecification"]["StreamViewType"])
        request["StreamSpecification"] = {"StreamEnabled": True, "StreamViewType": view}
    aws.client("dynamodb").create_table(**request)
    return str(request["TableName"])


@lru_cache
def _template(context: str) -> dict[str, Any]:
    text = (ROOT / "infra" / f"{context}.yaml").read_text()
    loaded: dict[str, Any] = cfn_yaml.loads(text)  # type: ignore[no-untyped-call]
    return loaded


def _plain(value: Any) -> Any:
    """The value without cfn-lint's types, which remember the line that they came from."""
    if isinstance(value, dict):
        return {str(key): _plain(each) for key, each in value.items()}
    if isinstance(value, list):
        return [_plain(each) for each in value]
    return str(value) if isinstance(value, str) else value
