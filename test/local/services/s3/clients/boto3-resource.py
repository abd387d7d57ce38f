"""The everyday round of boto3's resource. Run in a folder that has in/; the argument is the bucket."""

import os
import sys

import boto3

s3 = boto3.resource("s3", endpoint_url=os.environ["AWS_ENDPOINT_URL"])
bucket = s3.Bucket(sys.argv[1])

bucket.create()
bucket.wait_until_exists()
assert [each.name for each in s3.buckets.all()] == [bucket.name]
assert bucket.creation_date is not None
assert bucket.Versioning().status is None
assert bucket.Acl().grants[0]["Permission"] == "FULL_CONTROL"

bucket.upload_file("in/big.bin", "data/big.bin")
bucket.put_object(Key="data/a b+c.txt", Body=b"hello")
copy = bucket.Object("copied/big.bin")
copy.copy({"Bucket": bucket.name, "Key": "data/big.bin"})
copy.wait_until_exists()
copy.download_file("copy.bin")
assert open("copy.bin", "rb").read() == open("in/big.bin", "rb").read()

assert [each.key for each in bucket.objects.all()] == ["copied/big.bin", "data/a b+c.txt", "data/big.bin"]
assert [each.key for each in bucket.objects.filter(Prefix="data/", Marker="data/a b+c.txt")] == ["data/big.bin"]
assert [each.key for each in bucket.objects.page_size(1).limit(2)] == ["copied/big.bin", "data/a b+c.txt"]
summary = next(iter(bucket.objects.filter(Prefix="data/a")))
assert summary.size == 5 and summary.owner["ID"] == bucket.Acl().owner["ID"]
assert summary.get(Range="bytes=-2")["Body"].read() == b"lo"
assert bucket.Object(summary.key).version_id is None
assert summary.Object().Acl().owner == bucket.Acl().owner

upload = bucket.Object("data/upload").initiate_multipart_upload()
upload.Part(1).upload(Body=b"part")
assert [part.size for part in upload.parts.all()] == [4]
assert [each.object_key for each in bucket.multipart_uploads.all()] == ["data/upload"]
upload.abort()

bucket.objects.filter(Prefix="data/").delete()
assert [each.object_key for each in bucket.object_versions.all()] == ["copied/big.bin"]
bucket.object_versions.delete()
assert list(bucket.objects.all()) == []
print("done")
