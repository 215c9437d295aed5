"""Reference for a cold start: what a function of the same libraries usually imports, and the clients that it makes."""

import os

import boto3
import pynamodb.models
from aws_lambda_powertools import Logger, Metrics, Tracer
from aws_lambda_powertools.utilities.idempotency import DynamoDBPersistenceLayer
from aws_lambda_powertools.utilities.parser import event_parser
from chalice.app import Chalice
from pydantic import BaseModel

os.environ.setdefault("AWS_DEFAULT_REGION", "eu-west-2")
LOGGER, METRICS = Logger(service="reference"), Metrics(namespace="reference", service="reference")
TABLE = boto3.resource("dynamodb").Table("reference")
STORE = DynamoDBPersistenceLayer(table_name="reference")
APP = Chalice("reference", configure_logs=False)
TRACER = Tracer(service="reference", disabled=True)
USED = (pynamodb.models.Model, event_parser)


class Line(BaseModel):
    """One line of an order."""

    sku: str
    quantity: int


class Order(BaseModel):
    """A body."""

    lines: list[Line]
