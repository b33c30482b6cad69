#!/usr/bin/env bash
# The servers that the tests start: fetched once into ~/.cache/phloem/servers, each checked against its hash.
# Usage: scripts/servers.sh [hdfs s3a …]     without names: all
set -euo pipefail
cd "$(dirname "$0")/.."
servers=$HOME/.cache/phloem/servers

# HDFS: a NameNode, a DataNode and their tools in six jars (104 MB), fetched by the resolver that pyspark brings.
hdfs() {
    local version=3.5.0 folder=$servers/hadoop-3.5.0 fetching
    [ -d "$folder" ] && return
    echo "fetching Hadoop $version into $folder"
    mkdir -p "$servers"
    fetching=$(mktemp -d "$servers/fetching-XXXXXX")
    trap 'rm -rf "$fetching"' RETURN
    java -jar .venv/lib/python3.11/site-packages/pyspark/jars/ivy-*.jar -warn -m2compatible -cache "$fetching/cache" \
        -dependency org.apache.hadoop hadoop-client-minicluster "$version" -confs default -types jar \
        -retrieve "$fetching/jars/[artifact]-[revision].[ext]" >/dev/null
    (cd "$fetching/jars" && sha256sum --check --strict --quiet) <<'HASHES'
66d3c980470b99b0c511dad3dfc0ae7b265ec1fb144e96bc0253a8a175fd34d9  commons-logging-1.3.0.jar
cc59446ec9ebaceae56fdb8d8c21477766dc5d426325642151c796bec5c4e6b7  hadoop-client-api-3.5.0.jar
06772d24529e59939915979b3edba204d367750ef7dc5120411f35221dd4818c  hadoop-client-minicluster-3.5.0.jar
b7db3e60c5df1cd37c2995b3e0142e57487260706834e5325bbe0a5e683eedf1  hadoop-client-runtime-3.5.0.jar
766ad2a0783f2687962c8ad74ceecc38a28b9f72a2d085ee438b7813e928d0c7  jsr305-3.0.2.jar
d3ef575e3e4979678dc01bf1dcce51021493b4d11fb7f1be8ad982877c16a1c0  slf4j-api-1.7.36.jar
HASHES
    mv "$fetching/jars" "$folder"
}

# S3A: the connector of a person's own Spark, in 37 jars (13 MB), fetched by Spark as jobs/s3a.conf tells it.
s3a() {
    local folder=$servers/s3a fetching
    [ -d "$folder" ] && return
    echo "fetching Spark's S3A into $folder"
    mkdir -p "$servers"
    fetching=$(mktemp -d "$servers/fetching-XXXXXX")
    trap 'rm -rf "$fetching"' RETURN
    PYSPARK_SUBMIT_ARGS="--properties-file jobs/s3a.conf --conf spark.jars.ivy=$fetching/ivy pyspark-shell" \
        .venv/bin/python -c 'from pyspark.java_gateway import launch_gateway; launch_gateway()' >"$fetching/log" 2>&1 ||
        { cat "$fetching/log" >&2 && return 1; }
    (cd "$fetching/ivy/jars" && sha256sum -- *.jar | LC_ALL=C sort -k 2 | sha256sum --check --strict --quiet \
        <(echo "cfa5bdaa122f5aa9d8586c5a4ae4b1d08a505a023078533397a21348a9675e30  -"))
    mv "$fetching/ivy" "$folder"
}

# S3: versitygw, built from its source, whose modules Go checks against its public list of hashes. Takes 2 to 3 minutes.
s3() {
    local version=v1.8.0 building
    [ -x "$servers/bin/versitygw" ] && return
    echo "building versitygw $version into $servers/bin"
    mkdir -p "$servers/bin"
    building=$(mktemp -d "$servers/building-XXXXXX")
    trap 'rm -rf "$building"' RETURN
    "${PYTHON:-python3.11}" -m venv "$building/go"
    "$building/go/bin/pip" install --quiet --disable-pip-version-check --require-hashes -r environments/go.txt
    env GOTOOLCHAIN=local CGO_ENABLED=0 GOFLAGS=-modcacherw GOPATH="$building/path" GOCACHE="$building/cache" \
        "$building/go/bin/go" install -ldflags="-s -w" "github.com/versity/versitygw/cmd/versitygw@$version"
    mv "$building/path/bin/versitygw" "$servers/bin/"
}

all=(hdfs s3 s3a)
for server in "${@:-${all[@]}}"; do
    "$server"
done
