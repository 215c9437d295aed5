"""Reference for a cold start: what a function of the same libraries usually imports, and the clients that it makes.

Boto3's Table resource, Powertools' Logger, Metrics, Tracer, idempotency and parser, pynamodb, pydantic, the whole of
Chalice: the combination that their documentation puts together, with two models, at module level as Lambda's examples
have it. Tracer does nothing outside Lambda; LAMBDA_TASK_ROOT, which is set there, makes it do what it does there.
"""

import os

os.environ.setdefault("AWS_DEFAULT_REGION", "eu-west-2")
os.environ.setdefault("LAMBDA_TASK_ROOT", "/var/task")

import boto3
import pynamodb.models
from aws_lambda_powertools import Logger, Metrics, Tracer
from aws_lambda_powertools.utilities.idempotency import DynamoDBPersistenceLayer, idempotent
from aws_lambda_powertools.utilities.parser import event_parser
from chalice.app import Chalice
from pydantic import BaseModel

LOGGER, METRICS = Logger(service="reference"), Metrics(namespace="reference", service="reference")
TABLE = boto3.resource("dynamodb").Table("reference")
STORE = DynamoDBPersistenceLayer(table_name="reference")
APP = Chalice("reference", configure_logs=False)
TRACER = Tracer(service="reference")
USED = (pynamodb.models.Model, event_parser, idempotent)


class Line(BaseModel):
    """One line of an order."""

    sku: str
    quantity: int


class Order(BaseModel):
    """A body."""

    lines: list[Line]
