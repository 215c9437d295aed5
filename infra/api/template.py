"""The template of the public API: the nested application around the OpenAPI body."""

from __future__ import annotations

import json
from typing import Any

from infra.api import gateway
from infra.api.discovery import Endpoint
from infra.api.plans import PLANS, method_settings, plan_resources

Document = dict[str, Any]

_PARAMETERS: Document = {
    "Prefix": {"Type": "String", "Default": "agora", "Description": "First part of every resource's name"},
    "StageName": {"Type": "String", "Default": "v1", "Description": "First segment of every path"},
    "LogRetentionDays": {"Type": "Number", "Default": 30, "Description": "Days that logs are kept"},
    "CorsOrigin": {
        "Type": "String",
        "Default": "*",
        "Description": "Origin whose pages may call the API from a browser, or * for any",
    },
    "AccountLogRole": {
        "Type": "String",
        "Default": "true",
        "AllowedValues": ["true", "false"],
        "Description": "Whether to set the role with which API Gateway writes logs: one for the account and region",
    },
}

_ACCESS_LOG = {
    "request_id": "$context.requestId",
    "time": "$context.requestTime",
    "method": "$context.httpMethod",
    "route": "$context.resourcePath",
    "path": "$context.path",
    "status": "$context.status",
    "error": "$context.error.responseType",
    "integration_error": "$context.integration.error",
    "authorizer_status": "$context.authorizer.status",
    "latency_ms": "$context.responseLatency",
    "function_latency_ms": "$context.integration.latency",
    "response_bytes": "$context.responseLength",
    "api_key_id": "$context.identity.apiKeyId",
    "user_id": "$context.authorizer.user_id",
    "source_ip": "$context.identity.sourceIp",
    "user_agent": "$context.identity.userAgent",
}


def template(endpoints: list[Endpoint]) -> Document:
    """infra/api.yaml."""
    return {
        "AWSTemplateFormatVersion": "2010-09-09",
        "Transform": "AWS::Serverless-2016-10-31",
        "Description": "Agora, the public API.",
        "Parameters": _PARAMETERS,
        "Conditions": {
            "AnyOrigin": {"Fn::Equals": [{"Ref": "CorsOrigin"}, "*"]},
            "SetsAccountLogRole": {"Fn::Equals": [{"Ref": "AccountLogRole"}, "true"]},
        },
        "Resources": {**_api(endpoints), **_roles(), **plan_resources()},
        "Outputs": _outputs(),
    }


def _api(endpoints: list[Endpoint]) -> Document:
    return {
        "Api": {
            "Type": "AWS::Serverless::Api",
            "DependsOn": "ApiGatewayAccount",
            "Properties": {
                "Name": {"Fn::Sub": "${Prefix}-api"},
                "StageName": {"Ref": "StageName"},
                "OpenApiVersion": "3.0.1",
                "EndpointConfiguration": {"Type": "REGIONAL"},
                "Auth": {"ApiKeyRequired": True, "AddApiKeyRequiredToCorsPreflight": False},
                # The viewer's script is 1.6 MB as it is, and lists of a thousand lines are long.
                "MinimumCompressionSize": 1024,
                "PropagateTags": True,
                "TracingEnabled": True,
                # What a function needs to know of the edge comes with each request: no function's environment has it.
                "Variables": {"cors_origin": {"Fn::If": ["AnyOrigin", "any", {"Ref": "CorsOrigin"}]}},
                "AccessLogSetting": {
                    "DestinationArn": {"Fn::GetAtt": ["AccessLogGroup", "Arn"]},
                    "Format": json.dumps(_ACCESS_LOG, separators=(",", ":")),
                },
                "MethodSettings": method_settings(endpoints),
                "DefinitionBody": gateway.body(endpoints),
            },
        },
        "AccessLogGroup": {
            "Type": "AWS::Logs::LogGroup",
            "Properties": {
                "LogGroupName": {"Fn::Sub": "/aws/apigateway/${Prefix}-api"},
                "RetentionInDays": {"Ref": "LogRetentionDays"},
            },
        },
    }


def _roles() -> Document:
    invocation: Document = {
        "Effect": "Allow",
        "Action": "lambda:InvokeFunction",
        "Resource": {"Fn::Sub": "arn:${AWS::Partition}:lambda:${AWS::Region}:${AWS::AccountId}:function:${Prefix}-*"},
    }
    push = "arn:${AWS::Partition}:iam::aws:policy/service-role/AmazonAPIGatewayPushToCloudWatchLogs"
    return {
        "ApiRole": {
            "Type": "AWS::IAM::Role",
            "Properties": {
                "AssumeRolePolicyDocument": _assumed_by_the_gateway(),
                "Policies": [
                    {
                        "PolicyName": "invoke",
                        "PolicyDocument": {"Version": "2012-10-17", "Statement": [invocation]},
                    }
                ],
            },
        },
        "ApiGatewayLogRole": {
            "Type": "AWS::IAM::Role",
            "Condition": "SetsAccountLogRole",
            "DeletionPolicy": "Retain",
            "UpdateReplacePolicy": "Retain",
            "Properties": {
                "AssumeRolePolicyDocument": _assumed_by_the_gateway(),
                "ManagedPolicyArns": [{"Fn::Sub": push}],
            },
        },
        "ApiGatewayAccount": {
            "Type": "AWS::ApiGateway::Account",
            "Condition": "SetsAccountLogRole",
            "DeletionPolicy": "Retain",
            "UpdateReplacePolicy": "Retain",
            "Properties": {"CloudWatchRoleArn": {"Fn::GetAtt": ["ApiGatewayLogRole", "Arn"]}},
        },
    }


def _assumed_by_the_gateway() -> Document:
    return {
        "Version": "2012-10-17",
        "Statement": [
            {"Effect": "Allow", "Principal": {"Service": "apigateway.amazonaws.com"}, "Action": "sts:AssumeRole"}
        ],
    }


def _outputs() -> Document:
    url = "https://${Api}.execute-api.${AWS::Region}.${AWS::URLSuffix}/${StageName}"
    return {
        "ApiId": {"Description": "Id of the REST API", "Value": {"Ref": "Api"}},
        "ApiUrl": {"Description": "Base URL of every route", "Value": {"Fn::Sub": url}},
        **{
            f"{plan.logical_id}ApiKeyId": {
                "Description": f"Id of the key of the plan {plan.name}",
                "Value": {"Ref": f"{plan.logical_id}ApiKey"},
            }
            for plan in PLANS
        },
    }
