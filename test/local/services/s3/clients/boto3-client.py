"""The everyday round of boto3's client. Run in a folder that has in/; the argument is the bucket."""

import os
import sys
import urllib.request

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

bucket = sys.argv[1]
s3 = boto3.client("s3", endpoint_url=os.environ["AWS_ENDPOINT_URL"])
odd = "data/sub dir/ü +%&~(1).txt"

s3.create_bucket(Bucket=bucket)
s3.head_bucket(Bucket=bucket)
assert [each["Name"] for each in s3.list_buckets()["Buckets"]] == [bucket]
assert s3.get_bucket_location(Bucket=bucket)["LocationConstraint"] is None
assert "Status" not in s3.get_bucket_versioning(Bucket=bucket)

s3.upload_file("in/big.bin", bucket, "data/big.bin", ExtraArgs={"Metadata": {"owner": "joe"}})
s3.put_object(Bucket=bucket, Key=odd, Body=b"odd", ContentType="text/x-odd")
s3.copy({"Bucket": bucket, "Key": "data/big.bin"}, bucket, "data/copy.bin")
assert s3.head_object(Bucket=bucket, Key="data/copy.bin")["ContentLength"] == os.path.getsize("in/big.bin")
s3.download_file(bucket, "data/copy.bin", "copy.bin")
assert open("copy.bin", "rb").read() == open("in/big.bin", "rb").read()
assert s3.get_object(Bucket=bucket, Key=odd, Range="bytes=1-1")["Body"].read() == b"d"

for operation in ("list_objects", "list_objects_v2"):
    pages = s3.get_paginator(operation).paginate(Bucket=bucket, PaginationConfig={"PageSize": 1})
    keys = [each["Key"] for page in pages for each in page["Contents"]]
    assert keys == ["data/big.bin", "data/copy.bin", odd], keys
    page = getattr(s3, operation)(Bucket=bucket, Prefix="data/", Delimiter="/")
    assert [each["Prefix"] for each in page["CommonPrefixes"]] == ["data/sub dir/"]
versions = s3.list_object_versions(Bucket=bucket)["Versions"]
assert [(each["Key"], each["VersionId"]) for each in versions] == [(key, "null") for key in keys]

for version in ("s3", "s3v4"):
    signing = boto3.client("s3", endpoint_url=os.environ["AWS_ENDPOINT_URL"], config=Config(signature_version=version))
    key = f"presigned/{version}"
    params = {"Bucket": bucket, "Key": key, "Metadata": {"owner": "joe"}}
    url = signing.generate_presigned_url("put_object", Params=params)
    # A header that the URL's query or signature has comes from whoever sends it in version 4, and from the query in version 2.
    headers = {"x-amz-meta-owner": "joe"} if version == "s3v4" else {"Content-Type": ""}
    urllib.request.urlopen(urllib.request.Request(url, data=b"hello", method="PUT", headers=headers))
    assert s3.head_object(Bucket=bucket, Key=key)["Metadata"] == {"owner": "joe"}
    disposition = {"Bucket": bucket, "Key": key, "ResponseContentDisposition": "attachment; filename=\"a b\""}
    with urllib.request.urlopen(signing.generate_presigned_url("get_object", Params=disposition)) as answer:
        assert answer.read() == b"hello"
        assert answer.headers["Content-Disposition"] == "attachment; filename=\"a b\""

upload = s3.create_multipart_upload(Bucket=bucket, Key="data/upload")["UploadId"]
s3.upload_part(Bucket=bucket, Key="data/upload", UploadId=upload, PartNumber=3, Body=b"part")
assert [each["UploadId"] for each in s3.list_multipart_uploads(Bucket=bucket)["Uploads"]] == [upload]
parts = s3.list_parts(Bucket=bucket, Key="data/upload", UploadId=upload)["Parts"]
assert [(each["PartNumber"], each["Size"]) for each in parts] == [(3, 4)]
s3.abort_multipart_upload(Bucket=bucket, Key="data/upload", UploadId=upload)
assert "Uploads" not in s3.list_multipart_uploads(Bucket=bucket)

try:
    s3.get_bucket_cors(Bucket=bucket)
    raise AssertionError("There is a CORS configuration.")
except ClientError as error:
    assert error.response["Error"]["Code"] == "NoSuchCORSConfiguration"

keys += ["presigned/s3", "presigned/s3v4"]
deleted = s3.delete_objects(Bucket=bucket, Delete={"Objects": [{"Key": key} for key in keys]})
assert sorted(each["Key"] for each in deleted["Deleted"]) == sorted(keys)
assert "Contents" not in s3.list_objects_v2(Bucket=bucket)
print("done")
