#!/usr/bin/env python3
"""An S3 server that checks signatures (moto with IAM authentication), for tests.

Needs the Python package moto with its server extra (pip install 'moto[server]'). Makes the bucket "packages" with the
objects named by JSON lines on standard input ({"key": ..., "text": ...} or {"key": ..., "file": ...}), after which an empty line starts the checks:
from then on every request must carry a signature that fits the keys of a user who may read, or of a role of his.
Prints "port N", then one line of JSON: access key, secret key, and the temporary keys of the role.
"""

import json
import os
import sys
import threading

os.environ["AWS_EC2_METADATA_DISABLED"] = "true"
os.environ.update(AWS_ACCESS_KEY_ID="setup", AWS_SECRET_ACCESS_KEY="setup", AWS_DEFAULT_REGION="eu-central-1")
os.environ.pop("AWS_SESSION_TOKEN", None)

import boto3  # noqa: E402
from moto.core import responses  # noqa: E402
from moto.server import DomainDispatcherApplication, create_backend_app  # noqa: E402
from werkzeug.serving import make_server  # noqa: E402
import logging  # noqa: E402


def content(item):
    """The bytes of an object: those of a file, or a text."""
    if "file" in item:
        with open(item["file"], "rb") as file:
            return file.read()
    return item["text"].encode()


logging.getLogger("werkzeug").setLevel(logging.ERROR)
server = make_server("127.0.0.1", 0, DomainDispatcherApplication(create_backend_app), threaded=True)
port = server.server_port
threading.Thread(target=server.serve_forever, daemon=True).start()
print("port", port, flush=True)

options = {"endpoint_url": f"http://127.0.0.1:{port}", "region_name": "eu-central-1"}
s3 = boto3.client("s3", **options)
iam = boto3.client("iam", **options)
sts = boto3.client("sts", **options)
s3.create_bucket(Bucket="packages", CreateBucketConfiguration={"LocationConstraint": "eu-central-1"})
for line in iter(sys.stdin.readline, "\n"):
    item = json.loads(line)
    s3.put_object(Bucket="packages", Key=item["key"], Body=content(item))
    print("{}", flush=True)
policy = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Action": ["s3:GetObject", "sts:AssumeRole"], "Resource": "*"}],
    })
iam.create_user(UserName="reader")
iam.put_user_policy(UserName="reader", PolicyName="read", PolicyDocument=policy)
keys = iam.create_access_key(UserName="reader")["AccessKey"]
iam.create_role(RoleName="role", AssumeRolePolicyDocument=policy)
iam.put_role_policy(RoleName="role", PolicyName="read", PolicyDocument=policy)
role = sts.assume_role(RoleArn="arn:aws:iam::123456789012:role/role", RoleSessionName="session")["Credentials"]
responses.ActionAuthenticatorMixin.request_count = 0
authenticate = responses.ActionAuthenticatorMixin._authenticate_and_authorize_normal_action


def authenticate_signed(self, *arguments, **options):
    """The token of another provider is what AWS looks at in this request, which nobody signs."""
    if self._get_action() != "AssumeRoleWithWebIdentity":
        authenticate(self, *arguments, **options)


responses.ActionAuthenticatorMixin._authenticate_and_authorize_normal_action = authenticate_signed
import moto.settings  # noqa: E402

moto.settings.INITIAL_NO_AUTH_ACTION_COUNT = 0
for module in list(sys.modules.values()):
    if getattr(module, "INITIAL_NO_AUTH_ACTION_COUNT", None) is not None:
        module.INITIAL_NO_AUTH_ACTION_COUNT = 0
print(
    json.dumps(
        {
            "access": keys["AccessKeyId"], "secret": keys["SecretAccessKey"], "role_access": role["AccessKeyId"],
            "role_secret": role["SecretAccessKey"], "role_token": role["SessionToken"],
        }),
    flush=True)
sys.stdin.read()
