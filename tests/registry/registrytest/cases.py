# SPDX-License-Identifier: MIT
"""The cases. Each is a sentence that holds of wcow."""

import gzip
import inspect
import json
import os
import random
import re
import signal
import subprocess
import sys
import threading
import time
import urllib.parse

from registrytest.proxy import Proxy
from registrytest.world import (FOREIGN, INDEX, MANIFEST, SECURE_NAME, basic, digest,
                                skopeo)

generator = random.Random(20348)


def all_cases():
    here = sys.modules[__name__]
    found = [f for name, f in inspect.getmembers(here, inspect.isfunction)
             if f.__module__ == __name__ and list(inspect.signature(f).parameters) == ["world"]]
    return sorted(found, key=lambda f: f.__code__.co_firstlineno)


def random_bytes(size):
    return generator.randbytes(size)


def equal(found, expected):
    if found != expected:
        raise AssertionError(f"found {found!r}, expected {expected!r}")


def succeeds(result):
    code, output = result
    if code != 0:
        raise AssertionError(f"exit code {code}: {output}")
    return output


def fails(result, *parts):
    code, output = result
    if code == 0:
        raise AssertionError(f"it did not fail: {output}")
    for part in parts:
        if part not in output:
            raise AssertionError(f"{part!r} is not in: {output}")
    return output


def blob_of(request):
    return request.method == "GET" and "/blobs/" in request.path


def behind_proxy(world, registry=None):
    return world.add(Proxy((registry or world.plain).host))


# ---- two clients agree ----

def what_skopeo_pushed_is_pulled(world):
    layers = [gzip.compress(random_bytes(n)) for n in (300_000, 10)]
    world.plain.put_image("made/first", "v1", layers)
    skopeo("copy", "--insecure-policy", "--src-tls-verify=false", "--dest-tls-verify=false",
           "--format=oci", f"docker://{world.plain.host}/made/first:v1",
           f"docker://{world.plain.host}/by/skopeo:v1")
    wcow = world.wcow()
    name = f"{world.plain.host}/by/skopeo:v1"
    manifest = skopeo("inspect", "--raw", "--tls-verify=false", f"docker://{name}").encode()
    output = succeeds(wcow.run("pull", name))
    assert f"Digest: {digest(manifest)}" in output, output
    assert output.splitlines()[-2] == f"Status: Downloaded newer image for {name}", output
    blobs = wcow.blobs()
    equal([digest(layer) in blobs for layer in layers], [True, True])
    assert digest(manifest) in blobs
    skopeo("inspect", f"oci:{wcow.root}/images:{name}")


def what_is_pushed_skopeo_pulls(world):
    manifest = world.plain.put_image("made/second", "v1", [random_bytes(50_000)])
    wcow = world.wcow()
    target = f"{world.other.host}/ours/second:v2"
    succeeds(wcow.run("pull", f"{world.plain.host}/made/second:v1"))
    succeeds(wcow.run("tag", f"{world.plain.host}/made/second:v1", target))
    output = succeeds(wcow.run("push", target))
    assert f"v2: digest: {digest(manifest)} size: {len(manifest)}" in output, output
    folder = world.folder / "fetched"
    skopeo("copy", "--insecure-policy", "--src-tls-verify=false", f"docker://{target}",
           f"dir:{folder}")
    equal((folder / "manifest.json").read_bytes(), manifest)


def a_pull_again_makes_one_request(world):
    world.plain.put_image("again", "v1", [random_bytes(1000)])
    proxy, wcow = behind_proxy(world), world.wcow()
    succeeds(wcow.run("pull", f"{proxy.host}/again:v1"))
    before = [r for r in proxy.requests]
    output = succeeds(wcow.run("pull", f"{proxy.host}/again:v1"))
    assert "Status: Image is up to date for" in output, output
    after = proxy.requests[len(before):]
    equal([(r.method, r.path) for r in after], [("GET", "/v2/again/manifests/v1")])


def another_tag_of_what_is_here_is_news(world):
    world.plain.put_image("twice", "v1", [random_bytes(1000)])
    wcow, name = world.wcow(), f"{world.plain.host}/twice"
    succeeds(wcow.run("pull", f"{name}:v1"))
    skopeo("copy", "--insecure-policy", "--src-tls-verify=false", "--dest-tls-verify=false",
           f"docker://{name}:v1", f"docker://{name}:v2")
    for status in ("Downloaded newer image for", "Image is up to date for"):
        output = succeeds(wcow.run("pull", f"{name}:v2"))
        assert f"Status: {status} {name}:v2" in output, output


def quiet_pulls_print_the_name_alone(world):
    world.plain.put_image("quiet", "v1", [random_bytes(1000)])
    name = f"{world.plain.host}/quiet:v1"
    equal(succeeds(world.wcow().run("pull", "-q", name)), f"{name}\n")


def rows_of_a_pull_fit_the_terminal(world):
    world.plain.put_image("rows", "v1", [random_bytes(300_000)])
    wcow = world.wcow()
    terminal = world.add(wcow.on_terminal("pull", f"{world.plain.host}/rows:v1", columns=60))
    equal(terminal.end(), 0)
    assert "Download complete" in terminal.text(), terminal.text()
    if len(wcow.command) == 1:  # Wine's console draws what has changed, and not row by row
        rows = [row for row in re.split("[\r\n]", terminal.text()) if ": Downloading " in row]
        assert rows and all(len(row) < 60 and "[" in row for row in rows), rows


def all_tags_are_pulled(world):
    for tag in ("one", "two"):
        world.plain.put_image("many", tag, [random_bytes(100)])
    wcow = world.wcow()
    succeeds(wcow.run("pull", "-a", f"{world.plain.host}/many"))
    output = succeeds(wcow.run("images"))
    equal(sorted(line.split()[1] for line in output.splitlines()[1:]), ["one", "two"])


def an_image_is_pulled_by_its_digest(world):
    manifest = world.plain.put_image("exact", "v1", [random_bytes(100)])
    wcow = world.wcow()
    name = f"{world.plain.host}/exact@{digest(manifest)}"
    succeeds(wcow.run("pull", name))
    described = json.loads(succeeds(wcow.run("image", "inspect", name)))
    equal(described[0]["Id"], json.loads(manifest)["config"]["digest"])
    equal((described[0]["RepoTags"], described[0]["RepoDigests"]), ([], [name]))
    equal(succeeds(wcow.run("images", "--format", "{{.Repository}} {{.Tag}} {{.Digest}}")),
          f"{world.plain.host}/exact <none> {digest(manifest)}\n")
    succeeds(wcow.run("tag", name, "other"))
    assert "untagged" not in succeeds(wcow.run("image", "prune", "-f"))
    succeeds(wcow.run("rmi", "other"))
    output = succeeds(wcow.run("image", "prune", "-f"))
    equal(output.splitlines()[:2], ["Deleted Images:", f"untagged: {name}"])
    equal(wcow.blobs(), {})
    succeeds(wcow.run("pull", name))
    output = succeeds(wcow.run("rmi", name))
    equal(output.splitlines()[0], f"Untagged: {name}")
    equal(wcow.blobs(), {})


def a_digest_counts_where_a_tag_is_given_too(world):
    manifest = world.plain.put_image("both", "v1", [random_bytes(100)])
    wcow = world.wcow()
    name = f"{world.plain.host}/both"
    output = succeeds(wcow.run("pull", f"{name}:other@{digest(manifest)}")).splitlines()
    equal(output[-2:], [f"Status: Downloaded newer image for {name}@{digest(manifest)}",
                        f"{name}:other@{digest(manifest)}"])
    equal(succeeds(wcow.run("images", "--format", "{{.Tag}}")), "<none>\n")
    succeeds(wcow.run("pull", f"{name}:v1"))
    equal(succeeds(wcow.run("images", "--format", "{{.Tag}}")), "v1\n")


def an_unknown_tag_is_named(world):
    world.plain.put_image("some", "v1", [random_bytes(10)])
    name = f"{world.plain.host}/some:v2"
    fails(world.wcow().run("pull", name), f"manifest for {name} not found: manifest unknown")


# ---- what is here ----

def images_are_listed_in_order_and_filtered(world):
    wcow = world.wcow()
    for tag, created, labels in (("old", "2020-01-01T00:00:00Z", {"tier": "web"}),
                                 ("new", "2024-01-01T00:00:00Z", {"tier": "db", "b": ""}),
                                 ("odd", None, {})):
        times = {"created": created} if created else {}
        world.plain.put_image("listed", tag, [random_bytes(20)], config={"Labels": labels}, **times)
        succeeds(wcow.run("pull", "-q", f"{world.plain.host}/listed:{tag}"))
    for name in ("c:1", "a:2", "a:1", "b:1"):
        succeeds(wcow.run("tag", f"{world.plain.host}/listed:old", name))

    def found(*filters):
        words = [word for value in filters for word in ("-f", value)]
        output = succeeds(wcow.run("images", "--format", "{{.Repository}}:{{.Tag}}", *words))
        return output.replace(f"{world.plain.host}/listed:", "").split()

    equal(found(), ["new", "old", "a:1", "a:2", "b:1", "c:1", "odd"])
    equal(found("reference=?:1"), ["a:1", "b:1", "c:1"])
    equal(found("label=tier=db"), ["new"])
    equal(found("label=tier", "label=b"), ["new"])
    equal(found("before=" + f"{world.plain.host}/listed:new"), ["old", "a:1", "a:2", "b:1", "c:1"])
    equal(found("since=a:1"), ["new"])
    equal(found("until=2021-01-01", "reference=b"), ["b:1"])
    fails(wcow.run("images", "-f", "since=nosuch"), "No such image: nosuch:latest")


def a_damaged_config_harms_its_image_alone_until_it_is_pulled_again(world):
    wcow = world.wcow()
    names = [f"{world.plain.host}/damaged:{tag}" for tag in ("one", "two")]
    manifests = [world.plain.put_image("damaged", tag, [random_bytes(30)]) for tag in ("one", "two")]
    for name in names:
        succeeds(wcow.run("pull", "-q", name))
    config = json.loads(manifests[0])["config"]["digest"]
    path = wcow.root / "images" / "blobs" / "sha256" / config.removeprefix("sha256:")
    for repair in (True, False):
        path.write_bytes(bytes(path.stat().st_size))
        equal(sorted(succeeds(wcow.run("images", "--format", "{{.Tag}} {{.CreatedSince}}")).split("\n")),
              ["", "one N/A", "two N/A"])
        fails(wcow.run("image", "inspect", names[0]), "is damaged")
        succeeds(wcow.run("system", "df"))
        if repair:
            succeeds(wcow.run("pull", names[0]))
            succeeds(wcow.run("image", "inspect", names[0]))
    succeeds(wcow.run("rmi", names[1]))
    equal(succeeds(wcow.run("rmi", names[0])), f"Untagged: {names[0]}\nDeleted: {config}\n")
    equal(wcow.blobs(), {})


# ---- which image of several ----

def put_builds(world, repository, versions):
    items = []
    for version in versions:
        manifest = world.plain.put_image(repository, f"build{version}", [random_bytes(64)], version)
        items.append({"mediaType": MANIFEST, "size": len(manifest), "digest": digest(manifest),
                      "platform": {"os": "windows", "architecture": "amd64",
                                   "os.version": version}})
    items.insert(0, {**items[0], "platform": {"os": "linux", "architecture": "amd64"}})
    data = world.plain.put_manifest(repository, "all", {
        "schemaVersion": 2, "mediaType": INDEX, "manifests": items})
    return data, items


def the_build_that_is_asked_for_is_pulled(world):
    index, items = put_builds(world, "builds", ["10.0.20348.2031", "10.0.17763.5329"])
    wcow = world.wcow()
    name = f"{world.plain.host}/builds:all"
    output = succeeds(wcow.run("pull", "--platform", "windows(10.0.17763)/amd64", name))
    assert f"Digest: {digest(index)}" in output, output
    described = json.loads(succeeds(wcow.run("image", "inspect", name)))[0]
    equal(described["OsVersion"], "10.0.17763.5329")
    equal(described["RepoDigests"], [f"{world.plain.host}/builds@{digest(index)}"])
    blobs = wcow.blobs()
    equal([item["digest"] in blobs for item in items], [False, False, True])


def two_builds_of_one_index_stay_apart(world):
    index, _ = put_builds(world, "apart", ["10.0.20348.2031", "10.0.17763.5329"])
    world.plain.put_manifest("apart", "again", json.loads(index))
    wcow, repository = world.wcow(), f"{world.plain.host}/apart"

    def version(tag):
        return json.loads(succeeds(wcow.run("image", "inspect", f"{repository}:{tag}")))[0]["OsVersion"]

    succeeds(wcow.run("pull", "-q", "--platform", "windows(10.0.17763)", f"{repository}:all"))
    succeeds(wcow.run("pull", "-q", "--platform", "windows(10.0.20348)", f"{repository}:again"))
    equal((version("all"), version("again")), ("10.0.17763.5329", "10.0.20348.2031"))
    fails(wcow.run("rmi", "--platform", "windows(10.0.20348)", f"{repository}:all"),
          "does not match the specified platform (windows(10.0.20348)/amd64)")
    succeeds(wcow.run("rmi", "--platform", "windows(10.0.17763)", f"{repository}:all"))
    equal(version("again"), "10.0.20348.2031")
    equal(len(wcow.blobs()), 4)  # index, manifest, config, layer
    succeeds(wcow.run("pull", "-q", "--platform", "windows(10.0.17763)", f"{repository}:again"))
    equal(version("again"), "10.0.17763.5329")
    equal(succeeds(wcow.run("images", "--format", "{{.Tag}}")).split(), ["<none>", "again"])


def an_entry_without_a_platform_is_looked_at(world):
    manifest = world.plain.put_image("vague", "one", [random_bytes(64)])
    world.plain.put_manifest("vague", "all", {"schemaVersion": 2, "mediaType": INDEX, "manifests": [
        {"mediaType": MANIFEST, "size": len(manifest), "digest": digest(manifest)}]})
    wcow, name = world.wcow(), f"{world.plain.host}/vague:all"
    succeeds(wcow.run("pull", name))
    equal(json.loads(succeeds(wcow.run("image", "inspect", name)))[0]["OsVersion"], "10.0.17763.5329")
    fails(wcow.run("pull", "--platform", "windows(10.0.20348)", name), "10.0.17763.5329")


# ---- other clients' ways ----

def a_push_goes_on_where_blobs_may_not_be_asked_for(world):
    world.plain.put_image("headless", "v1", [random_bytes(500)])
    proxy, wcow = behind_proxy(world), world.wcow()
    succeeds(wcow.run("pull", "-q", f"{world.plain.host}/headless:v1"))
    for status in (403, 405):
        name = f"{proxy.host}/headless{status}:v1"
        succeeds(wcow.run("tag", f"{world.plain.host}/headless:v1", name))
        proxy.fault = lambda handler, request, status=status: (
            request.method == "HEAD" and "/blobs/" in request.path and (handler.say(status) or True))
        succeeds(wcow.run("push", name))
        equal(len(proxy.seen("PUT", f"/headless{status}/manifests/v1")), 1)


def a_token_beside_an_empty_one_is_taken(world):
    world.plain.put_image("tokens", "v1", [random_bytes(50)])
    proxy, wcow = behind_proxy(world), world.wcow()

    def fault(handler, request):
        if request.path.startswith("/token"):
            handler.say(200, '{"token":"","access_token":"T"}')
        elif request.headers.get("Authorization") != "Bearer T":
            handler.say(401, WWW_Authenticate=f'Bearer realm="http://{proxy.host}/token",service="s"')
        else:
            return False
        return True

    proxy.fault = fault
    succeeds(wcow.run("pull", f"{proxy.host}/tokens:v1"))


def credentials_in_plain_words_are_used_and_an_empty_file_is_none(world):
    world.plain.put_image("plain", "v1", [random_bytes(50)])
    proxy, wcow = behind_proxy(world), world.wcow()
    config = wcow.docker / "config.json"
    proxy.fault = lambda handler, request: (
        request.headers.get("Authorization") != basic("me", "pw") and
        (handler.say(401, WWW_Authenticate='Basic realm="x"') or True))
    config.write_text("")
    fails(wcow.run("pull", f"{proxy.host}/plain:v1"), "pull access denied")
    config.write_text(json.dumps({"auths": {proxy.host: {
        "auth": "", "username": "me", "password": "pw"}}}))
    succeeds(wcow.run("pull", f"{proxy.host}/plain:v1"))


def builds_are_listed_when_none_fits(world):
    put_builds(world, "nofit", ["10.0.20348.2031", "10.0.17763.5329"])
    fails(world.wcow().run("pull", "--platform", "windows(10.0.14393)",
                           f"{world.plain.host}/nofit:all"),
          "10.0.20348.2031, 10.0.17763.5329")


def images_for_linux_are_refused(world):
    world.plain.put_image("linux", "v1", [random_bytes(10)], os="linux")
    wcow = world.wcow()
    fails(wcow.run("pull", f"{world.plain.host}/linux:v1"), "for linux, not for Windows")
    equal(wcow.blobs(), {})


def images_for_another_architecture_are_refused(world):
    world.plain.put_image("arm", "v1", [random_bytes(10)], architecture="arm64")
    world.plain.put_image("amd", "v1", [random_bytes(10)])
    wcow = world.wcow()
    fails(wcow.run("pull", f"{world.plain.host}/arm:v1"),
          "the image is for windows/arm64, not for windows/amd64")
    fails(wcow.run("pull", "--platform=windows/arm64", f"{world.plain.host}/amd:v1"),
          "the image is for windows/amd64, not for windows/arm64")
    equal(wcow.blobs(), {})
    succeeds(wcow.run("pull", "--platform=windows/arm64", f"{world.plain.host}/arm:v1"))


# ---- broken networks and registries ----

def connections_cut_anywhere_are_resumed(world):
    layer = random_bytes(400_000)
    world.plain.put_image("cut", "v1", [layer])
    proxy, wcow = behind_proxy(world), world.wcow()
    left = [5]

    def fault(handler, request):
        if not blob_of(request) or digest(layer) not in request.path or not left[0]:
            return False
        left[0] -= 1
        status, headers, body = handler.ask()
        handler.cut(status, headers, body, generator.randrange(1, len(body)))
        return True

    proxy.fault = fault
    succeeds(wcow.run("pull", f"{proxy.host}/cut:v1"))
    equal(wcow.blobs()[digest(layer)], layer)
    ranges = [r.headers.get("Range") for r in proxy.seen("GET", digest(layer))]
    equal(ranges[0], None)
    assert len(ranges) == 6 and all(ranges[1:]), ranges


connections_cut_anywhere_are_resumed.takes_long = True


def blob_fault(world, repository, change):
    """A pull of a blob that the proxy changes: its output, which must be a failure."""
    layer = random_bytes(5000)
    world.plain.put_image(repository, "v1", [layer])
    proxy, wcow = behind_proxy(world), world.wcow()

    def fault(handler, request):
        if not blob_of(request) or digest(layer) not in request.path:
            return False
        status, headers, body = handler.ask()
        handler.deliver(status, headers, change(body))
        return True

    proxy.fault = fault
    output = fails(wcow.run("pull", f"{proxy.host}/{repository}:v1"), digest(layer))
    assert "Traceback" not in output
    equal(wcow.blobs(), {})
    equal(len(succeeds(wcow.run("images")).splitlines()), 1)
    proxy.fault = None
    succeeds(wcow.run("pull", f"{proxy.host}/{repository}:v1"))
    equal(wcow.blobs()[digest(layer)], layer)
    return output


def wrong_bytes_are_refused(world):
    output = blob_fault(world, "wrong", lambda body: b"x" + body[1:])
    assert "verification failed" in output, output


def long_bodies_are_refused(world):
    assert "longer" in blob_fault(world, "long", lambda body: body + b"more")


def short_bodies_are_refused(world):
    blob_fault(world, "short", lambda body: body[:-1])


short_bodies_are_refused.takes_long = True


def a_wrong_manifest_is_refused(world):
    manifest = world.plain.put_image("forged", "v1", [random_bytes(10)])
    proxy, wcow = behind_proxy(world), world.wcow()

    def fault(handler, request):
        if "/manifests/" not in request.path:
            return False
        status, headers, body = handler.ask()
        handler.deliver(status, headers, body.replace(b"schemaVersion", b"SchemaVersion"))
        return True

    proxy.fault = fault
    fails(wcow.run("pull", f"{proxy.host}/forged@{digest(manifest)}"), "verification failed")
    equal(wcow.blobs(), {})


def a_loop_of_401_ends(world):
    proxy = world.add(Proxy())
    proxy.fault = lambda handler, request: handler.say(
        401, WWW_Authenticate='Basic realm="x"') or True
    wcow = world.wcow()
    (wcow.docker / "config.json").write_text(json.dumps(
        {"auths": {proxy.host: {"auth": basic("user", "wrong").split()[1]}}}))
    fails(wcow.run("pull", f"{proxy.host}/x:v1"), "pull access denied", "wcow login")
    asked = proxy.seen("GET", "/v2/x/manifests/v1")
    equal([r.headers.get("Authorization") for r in asked], [None, basic("user", "wrong")])


def a_loop_of_redirects_ends(world):
    proxy = world.add(Proxy())
    proxy.fault = lambda handler, request: handler.say(
        307, Location=f"http://{proxy.host}{request.path}") or True
    fails(world.wcow().run("pull", f"{proxy.host}/x:v1"), "redirects more than")
    assert len(proxy.requests) < 40, len(proxy.requests)


def errors_of_the_moment_are_retried(world):
    world.plain.put_image("moment", "v1", [random_bytes(1000)])
    proxy, wcow = behind_proxy(world), world.wcow()
    answers = [500, 503, 429]

    def fault(handler, request):
        if not request.path.startswith("/v2/") or not answers:
            return False
        handler.say(answers.pop(0), Retry_After="1")
        return True

    proxy.fault = fault
    succeeds(wcow.run("pull", f"{proxy.host}/moment:v1"))
    equal(answers, [])


errors_of_the_moment_are_retried.takes_long = True


def errors_that_stay_are_told(world):
    proxy = world.add(Proxy())
    proxy.fault = lambda handler, request: handler.say(
        503, '{"errors":[{"code":"UNAVAILABLE","message":"gone\x1b[2J fishing"}]}') or True
    output = fails(world.wcow().run("pull", f"{proxy.host}/x:v1"), "unavailable: gone")
    assert "\x1b" not in output


errors_that_stay_are_told.takes_long = True


def a_slow_drip_arrives(world):
    layer = random_bytes(2000)
    world.plain.put_image("drip", "v1", [layer])
    proxy, wcow = behind_proxy(world), world.wcow()

    def fault(handler, request):
        if digest(layer) not in request.path:
            return False
        handler.drip(*handler.ask(), pieces=20, pause=0.15)
        return True

    proxy.fault = fault
    succeeds(wcow.run("pull", f"{proxy.host}/drip:v1"))
    equal(wcow.blobs()[digest(layer)], layer)


a_slow_drip_arrives.takes_long = True


# ---- pulls that are killed, and pulls side by side ----

def slow_layer(world, repository, layer):
    world.plain.put_image(repository, "v1", [layer])
    proxy = behind_proxy(world)

    def fault(handler, request):
        if digest(layer) not in request.path or "Range" in request.headers:
            return False
        handler.drip(*handler.ask(), pieces=20, pause=0.2)
        return True

    proxy.fault = fault
    return proxy


def kill_in_the_middle(wcow, name, layer):
    """Of a pull, once some of the layer has come."""
    process = wcow.start("pull", name)
    partial = wcow.root / "images" / "downloads" / digest(layer)[7:]
    end = time.monotonic() + 60
    while not (partial.exists() and partial.stat().st_size > 50_000):
        assert time.monotonic() < end, "nothing was downloaded"
        time.sleep(0.05)
    os.killpg(process.pid, signal.SIGKILL)
    process.communicate()
    equal(wcow.blobs(), {})


def a_killed_pull_is_gone_on_with(world):
    layer = random_bytes(200_000)
    proxy, wcow = slow_layer(world, "killed", layer), world.wcow()
    kill_in_the_middle(wcow, f"{proxy.host}/killed:v1", layer)
    succeeds(wcow.run("pull", f"{proxy.host}/killed:v1"))
    equal(wcow.blobs()[digest(layer)], layer)
    last = proxy.seen("GET", digest(layer))[-1]
    assert int(last.headers["Range"][len("bytes="):-1]) > 50_000, last


def files_of(wcow):
    """All that there is of images, but for locks."""
    return [path.name for path in (wcow.root / "images").rglob("*")
            if path.is_file() and path.suffix != ".lock"]


def what_a_killed_pull_left_goes_with_a_prune(world):
    layer = random_bytes(200_000)
    proxy, wcow = slow_layer(world, "pruned", layer), world.wcow()
    kill_in_the_middle(wcow, f"{proxy.host}/pruned:v1", layer)
    usage = succeeds(wcow.run("system", "df", "--format", "{{.Type}} {{.Size}} {{.Reclaimable}}"))
    kind, size, reclaimable = usage.splitlines()[-1].split()[:3]
    assert kind == "Downloads" and size != "0B" and size == reclaimable, usage
    reclaimed = succeeds(wcow.run("system", "prune", "-f")).splitlines()[-1]
    assert reclaimed.startswith("Total reclaimed space: ") and not reclaimed.endswith(" 0B"), reclaimed
    equal(files_of(wcow), ["oci-layout"])
    proxy.fault = None
    succeeds(wcow.run("pull", f"{proxy.host}/pruned:v1"))
    assert "Range" not in proxy.seen("GET", digest(layer))[-1].headers
    equal(wcow.blobs()[digest(layer)], layer)


def what_a_pull_relies_on_outlives_its_image(world):
    base, old, new = (random_bytes(1000) for _ in range(3))
    world.plain.put_image("meeting", "old", [base, old])
    world.plain.put_image("meeting", "new", [base, new])
    proxy, wcow = behind_proxy(world), world.wcow()
    results = []
    succeeds(wcow.run("pull", f"{proxy.host}/meeting:old"))

    def fault(_, request):
        if digest(new) in request.path and not results:
            for words in (("rmi", f"{proxy.host}/meeting:old"), ("system", "prune", "-f"),
                          ("image", "prune", "-a", "-f")):
                results.append(wcow.run(*words))
        return False

    proxy.fault = fault
    succeeds(wcow.run("pull", f"{proxy.host}/meeting:new"))
    equal([code for code, _ in results], [0, 0, 0])
    assert "Deleted: sha256:" in results[0][1], results
    equal(len(proxy.seen("GET", digest(base))), 1)
    blobs = wcow.blobs()
    equal([digest(layer) in blobs for layer in (base, old, new)], [True, False, True])


def pulls_of_one_layer_share_it(world):
    layer = random_bytes(100_000)
    proxy, wcow = slow_layer(world, "shared", layer), world.wcow()
    processes = [wcow.start("pull", f"{proxy.host}/shared:v1") for _ in range(3)]
    outputs = [process.communicate(timeout=120)[0] for process in processes]
    equal([process.returncode for process in processes], [0, 0, 0])
    equal(len(proxy.seen("GET", digest(layer))), 1)
    equal(sum("Downloading" in output or "Download complete" in output for output in outputs), 1)


pulls_of_one_layer_share_it.takes_long = True


def three_layers_come_at_once(world):
    layers = [random_bytes(1000) for _ in range(4)]
    world.plain.put_image("parallel", "v1", layers)
    proxy, wcow = behind_proxy(world), world.wcow()
    names, lock, now, most = {digest(layer) for layer in layers}, threading.Lock(), [0], [0]

    def fault(handler, request):
        if not blob_of(request) or request.path.rsplit("/", 1)[1] not in names:
            return False
        with lock:
            now[0] += 1
            most[0] = max(most[0], now[0])
        time.sleep(0.7)
        answer = handler.ask()
        with lock:
            now[0] -= 1
        handler.deliver(*answer)
        return True

    proxy.fault = fault
    succeeds(wcow.run("pull", f"{proxy.host}/parallel:v1"))
    equal(most[0], 3)


# ---- who asks, and who may know ----

def credentials_do_not_follow_redirects(world):
    layer = random_bytes(1000)
    world.plain.put_image("moved", "v1", [layer])
    proxy, storage, wcow = behind_proxy(world), world.add(Proxy()), world.wcow()
    storage.fault = lambda handler, request: handler.deliver(200, [], layer) or True

    def fault(handler, request):
        if request.headers.get("Authorization") != basic("user", "secret"):
            handler.say(401, WWW_Authenticate='Basic realm="x"')
        elif digest(layer) in request.path:
            handler.say(307, Location=f"http://{storage.host}/elsewhere")
        else:
            del handler.headers["Authorization"]
            return False
        return True

    proxy.fault = fault
    (wcow.docker / "config.json").write_text(json.dumps(
        {"auths": {f"http://{proxy.host}/v1/": {"auth": basic("user", "secret").split()[1]}}}))
    succeeds(wcow.run("pull", f"{proxy.host}/moved:v1"))
    asked = [r for r in storage.requests if r.path == "/elsewhere"]
    equal([r.headers.get("Authorization") for r in asked], [None])


def others_cannot_ask_for_credentials(world):
    """A host that a layer's address or a redirect leads to gets none, whatever it says."""
    layer = random_bytes(500)
    thief, wcow = world.add(Proxy()), world.wcow()
    world.plain.put_image("stolen", "v1", [
        {"mediaType": FOREIGN, "size": len(layer), "digest": digest(layer),
         "urls": [f"http://{thief.host}/layer"]}])
    thief.fault = lambda handler, request: handler.say(
        401, WWW_Authenticate=f'Bearer realm="http://{thief.host}/token"') or True
    (wcow.docker / "config.json").write_text(json.dumps(
        {"auths": {world.plain.host: {"auth": basic("user", "secret").split()[1]}}}))
    fails(wcow.run("pull", f"{world.plain.host}/stolen:v1"))
    assert thief.requests
    equal([r.headers.get("Authorization") for r in thief.requests if "layer" in r.path], [None])
    equal(thief.seen("GET", "/token"), [])


def tokens_are_fetched_for_the_right_scope(world):
    world.plain.put_image("token/one", "v1", [random_bytes(1000)])
    proxy, wcow = behind_proxy(world), world.wcow()

    def fault(handler, request):
        if request.path.startswith("/token"):
            handler.say(200, '{"token":"abc"}')
        elif request.headers.get("Authorization") != "Bearer abc":
            handler.say(401, WWW_Authenticate=f'Bearer realm="http://{proxy.host}/token",'
                                              'service="test",scope="repository:token/one:pull"')
        else:
            return False
        return True

    proxy.fault = fault
    (wcow.docker / "config.json").write_text(json.dumps(
        {"auths": {proxy.host: {"auth": basic("me", "pass:word").split()[1]}}}))
    succeeds(wcow.run("pull", f"{proxy.host}/token/one:v1"))
    tokens = proxy.seen("GET", "/token?")
    equal([r.path for r in tokens],
          ["/token?account=me&service=test&scope=repository%3Atoken%2Fone%3Apull"])
    equal(tokens[0].headers["Authorization"], basic("me", "pass:word"))


def identity_tokens_go_to_the_token_service_alone(world):
    """As docker login leaves them: in "auths", or in a helper as the secret of the user "<token>"."""
    world.plain.put_image("identity", "v1", [random_bytes(1000)])
    proxy = behind_proxy(world)
    forms = []

    def fault(handler, request):
        if request.path.startswith("/token"):
            length = int(request.headers["Content-Length"])
            forms.append((request.method, urllib.parse.parse_qs(handler.rfile.read(length).decode())))
            del handler.headers["Content-Length"]
            handler.say(200, '{"access_token":"abc"}')
        elif request.headers.get("Authorization") != "Bearer abc":
            handler.say(401, WWW_Authenticate=f'Bearer realm="http://{proxy.host}/token",service="s"')
        else:
            return False
        return True

    proxy.fault = fault
    first, second = world.wcow(), world.wcow()
    (first.docker / "config.json").write_text(json.dumps(
        {"auths": {proxy.host: {"auth": basic("me", "").split()[1], "identitytoken": "keep"}}}))
    second.use_helper()
    (second.folder / "helper-store").write_text('{"Username":"<token>","Secret":"keep"}')
    for wcow in (first, second):
        forms.clear()
        succeeds(wcow.run("pull", f"{proxy.host}/identity:v1"))
        equal(forms, [("POST", {"grant_type": ["refresh_token"], "service": ["s"],
                                "client_id": ["wcow"], "scope": ["repository:identity:pull"],
                                "refresh_token": ["keep"]})])
    sent = {r.headers.get("Authorization") for r in proxy.requests}
    equal(sent, {None, "Bearer abc"})


def run_pulls_what_is_missing(world):
    world.plain.put_image("wanted", "v1", [random_bytes(500)])
    proxy, wcow = behind_proxy(world), world.wcow()
    name = f"{proxy.host}/wanted:v1"
    fails(wcow.run("create", "--pull=never", name), "No such image")
    equal(proxy.requests, [])
    # Without a Windows host the container is none, but the image is there.
    wcow.run("create", name)
    equal(len(proxy.seen("GET", "/manifests/v1")), 1)
    wcow.run("create", name)
    equal(len(proxy.seen("GET", "/manifests/v1")), 1)
    wcow.run("create", "--pull=always", name)
    equal(len(proxy.seen("GET", "/manifests/v1")), 2)
    equal(len(proxy.seen("GET", "/blobs/")), 2)


def login_over_tls_and_push_and_pull(world):
    registry, wcow = world.secure, world.wcow()
    wcow.trust(registry)
    world.plain.put_image("tls", "v1", [random_bytes(3000)])
    name = f"{registry.host}/tls:v1"
    fails(wcow.run("login", "-u", "user", "--password-stdin", registry.host, input="wrong\n"),
          "unauthorized")
    equal(list(wcow.docker.iterdir()), [])
    output = succeeds(wcow.run("login", "-u", "user", "--password-stdin", registry.host,
                               input="secret\n"))
    assert "Login Succeeded" in output, output
    succeeds(wcow.run("pull", f"{world.plain.host}/tls:v1"))
    succeeds(wcow.run("tag", f"{world.plain.host}/tls:v1", name))
    succeeds(wcow.run("push", name))
    assert "existing credentials" in succeeds(wcow.run("login", registry.host))
    second = world.wcow()
    second.trust(registry)
    fails(second.run("pull", name), "pull access denied")
    second.environment["DOCKER_CONFIG"] = wcow.environment["DOCKER_CONFIG"]
    succeeds(second.run("pull", name))
    skopeo("inspect", "--tls-verify=false", "--creds=user:secret", f"docker://{name}")
    succeeds(wcow.run("logout", registry.host))
    equal(json.loads((wcow.docker / "config.json").read_text())["auths"], {})
    fails(wcow.run("push", name), f"cannot push {name}: ", "unauthorized", "wcow login")


def the_docker_configuration_is_kept(world):
    registry, wcow = world.secure, world.wcow()
    wcow.trust(registry)
    (wcow.docker / "config.json").write_text('{"detachKeys":"ctrl-e","auths":{"x":{"auth":"eTp6"}}}')
    succeeds(wcow.run("login", "-u", "user", "--password-stdin", registry.host, input="secret"))
    kept = json.loads((wcow.docker / "config.json").read_text())
    equal(kept["detachKeys"], "ctrl-e")
    equal(kept["auths"]["x"], {"auth": "eTp6"})
    equal(kept["auths"][registry.host], {"auth": basic("user", "secret").split()[1]})


def a_credential_helper_is_asked(world):
    wcow = world.wcow()
    wcow.use_helper()
    wcow.trust(world.secure)
    host = world.secure.host
    output = succeeds(wcow.run("login", "-u", "user", "--password-stdin", host, input="secret"))
    assert "unencrypted" not in output, output
    assert "insecure" in succeeds(wcow.run("login", "-u", "user", "-p", "secret", host))
    assert "secret" not in (wcow.docker / "config.json").read_text()
    assert "[Username: user]" in succeeds(wcow.run("login", host))
    succeeds(wcow.run("logout", host))
    log = wcow.helper_log.read_text().splitlines()
    equal([line.split()[0] for line in log], ["store", "store", "get", "get", "erase"])
    equal(json.loads(log[0].split(" ", 1)[1]),
          {"ServerURL": host, "Username": "user", "Secret": "secret"})
    equal([log[2], log[4]], [f"get {host}", f"erase {host}"])


def a_helper_that_knows_nobody_is_no_failure(world):
    """Its "credentials not found in native keychain" means that nobody is logged in."""
    world.plain.put_image("anonymous", "v1", [random_bytes(100)])
    proxy, wcow = behind_proxy(world), world.wcow()
    wcow.use_helper()
    asked = []

    def fault(handler, request):
        if asked:
            return False
        asked.append(request)
        handler.say(401, WWW_Authenticate=f'Bearer realm="http://{proxy.host}/token"')
        return True

    proxy.fault = fault
    fails(wcow.run("pull", f"{proxy.host}/anonymous:v1"))  # there is no token without a service
    equal(wcow.helper_log.read_text(), f"get {proxy.host}\n")
    equal([r.headers.get("Authorization") for r in proxy.seen("GET", "/token")], [None])
    fails(wcow.run("login", proxy.host), "Cannot perform an interactive login from a non TTY device")
    equal(succeeds(wcow.run("logout", proxy.host)), f"Not logged in to {proxy.host}\n")


def helpers_that_do_not_work_are_named(world):
    for mode, said in (("refuse", "docker-credential-test: the vault is locked"),
                       ("garbage", "the helper's answer"),
                       ("long", "credential helper 'docker-credential-test'")):
        wcow = world.wcow()
        wcow.use_helper(HELPER_MODE=mode)
        fails(wcow.run("login", world.plain.host), said)
    wcow = world.wcow()
    (wcow.docker / "config.json").write_text('{"credsStore":"nobody"}')
    fails(wcow.run("login", world.plain.host), "credential helper 'docker-credential-nobody'")
    (wcow.docker / "config.json").write_text('{"credsStore":"../test"}')
    fails(wcow.run("login", world.plain.host), "invalid credential helper '../test'")


def each_registry_may_have_a_helper_of_its_own(world):
    wcow = world.wcow()
    wcow.use_helper()
    wcow.trust(world.secure)
    (wcow.docker / "config.json").write_text(json.dumps(
        {"credsStore": "nobody", "credHelpers": {world.secure.host: "test"}}))
    succeeds(wcow.run("login", "-u", "user", "--password-stdin", world.secure.host, input="secret"))
    assert wcow.helper_log.read_text().startswith("store "), wcow.helper_log.read_text()


def a_login_asks_on_a_terminal(world):
    wcow = world.wcow()
    wcow.trust(world.secure)
    terminal = world.add(wcow.on_terminal("login", world.secure.host))
    terminal.answer("Username:", "user")
    terminal.answer("Password:", "secret")
    code, text = terminal.end(), terminal.text()
    # Wine draws with moves of the cursor: not every blank is one.
    equal((code, "Succeeded" in text, "secret" in text), (0, True, False))
    kept = json.loads((wcow.docker / "config.json").read_text())
    equal(kept["auths"][world.secure.host], {"auth": basic("user", "secret").split()[1]})


# ---- certificates and proxies ----

def through_proxy(world, wcow):
    """A proxy that leads to the registry with TLS by a name that is none of this machine's own."""
    proxy = world.add(Proxy(tunnels={f"{SECURE_NAME}:443": world.secure.host}))
    wcow.use_proxy(proxy)
    return proxy


def log_in(wcow, host):
    return wcow.run("login", "-u", "user", "--password-stdin", host, input="secret")


def an_unknown_certificate_is_refused(world):
    wcow = world.wcow()
    proxy = through_proxy(world, wcow)
    for words in (("pull", f"{SECURE_NAME}/x:v1"),
                  ("login", "-u", "user", "--password-stdin", SECURE_NAME)):
        output = fails(wcow.run(*words, input="secret"), f"https://{SECURE_NAME}/v2/", "certs.d")
        # OpenSSL's words, and those of Windows' Schannel.
        assert "certificate" in output or "SEC_E_UNTRUSTED_ROOT" in output, output
    equal({r.path for r in proxy.requests}, {f"{SECURE_NAME}:443"})
    equal(list(wcow.docker.iterdir()), [])


an_unknown_certificate_is_refused.native_only = (
    "Wine's Schannel does not check certificates by itself, as that of Windows does")


def a_certificate_of_ones_own_authority_is_accepted(world):
    world.plain.put_image("own/authority", "v1", [random_bytes(3000)])
    wcow = world.wcow()
    name = f"{SECURE_NAME}/own/authority:v1"
    succeeds(wcow.run("pull", f"{world.plain.host}/own/authority:v1"))
    succeeds(wcow.run("tag", f"{world.plain.host}/own/authority:v1", name))
    proxy = through_proxy(world, wcow)
    wcow.trust(world.secure, SECURE_NAME)
    succeeds(log_in(wcow, SECURE_NAME))
    succeeds(wcow.run("push", name))
    succeeds(wcow.run("pull", name))
    # What the proxy sees: where it goes, and nothing of who it is.
    equal({(r.method, r.path, r.headers.get("Authorization")) for r in proxy.requests},
          {("CONNECT", f"{SECURE_NAME}:443", None)})


def another_authority_is_not_enough(world):
    wcow = world.wcow()
    through_proxy(world, wcow)
    folder = wcow.root / "certs.d" / SECURE_NAME
    folder.mkdir(parents=True)
    subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout",
                    os.devnull, "-out", folder / "ca.crt", "-subj", "/CN=Another", "-days", "2"],
                   check=True, capture_output=True)
    output = fails(log_in(wcow, SECURE_NAME), "certs.d")
    assert "certificate" in output or "SEC_E_UNTRUSTED_ROOT" in output, output


def insecure_registries_need_no_certificate(world):
    wcow = world.wcow()
    through_proxy(world, wcow)
    wcow.settings(insecure_registries=[SECURE_NAME])
    succeeds(log_in(wcow, SECURE_NAME))


def insecure_registries_need_no_tls(world):
    world.plain.put_image("no/tls", "v1", [random_bytes(1000)])
    wcow, name = world.wcow(), "plain.test:5000"
    proxy = world.add(Proxy(tunnels={name: world.plain.host}))
    wcow.use_proxy(proxy)
    fails(wcow.run("pull", f"{name}/no/tls:v1"), f"https://{name}/v2/")
    equal({r.method for r in proxy.requests}, {"CONNECT"})  # never without TLS, unasked
    wcow.settings(insecure_registries=[name])
    succeeds(wcow.run("pull", f"{name}/no/tls:v1"))
    assert proxy.seen("GET", f"http://{name}/v2/no/tls/manifests/v1"), proxy.requests


insecure_registries_need_no_tls.takes_long = True


def hosts_in_no_proxy_are_asked_directly(world):
    world.plain.put_image("direct", "v1", [random_bytes(1000)])
    wcow, proxy = world.wcow(), world.add(Proxy())
    proxy.fault = lambda handler, request: handler.say(502) or True
    wcow.use_proxy(proxy, no_proxy="127.0.0.1,other.test")
    succeeds(wcow.run("pull", f"{world.plain.host}/direct:v1"))
    equal(proxy.requests, [])
    wcow.use_proxy(proxy, no_proxy="other.test")
    fails(wcow.run("pull", f"{SECURE_NAME}/direct:v1"), "502")
    assert proxy.requests


hosts_in_no_proxy_are_asked_directly.takes_long = True


# ---- foreign layers, mounts, pieces, mirrors ----

def foreign_layers_come_from_their_addresses(world):
    layer = random_bytes(5000)
    elsewhere, wcow = world.add(Proxy()), world.wcow()
    elsewhere.fault = lambda handler, request: (
        handler.say(404) if request.path == "/missing" else handler.deliver(200, [], layer)) or True
    world.plain.put_image("foreign", "v1", [
        {"mediaType": FOREIGN, "size": len(layer), "digest": digest(layer),
         "urls": [f"http://{elsewhere.host}/missing", f"http://{elsewhere.host}/layer"]}])
    succeeds(wcow.run("pull", f"{world.plain.host}/foreign:v1"))
    equal(wcow.blobs()[digest(layer)], layer)


def blobs_are_mounted_not_sent(world):
    layer = random_bytes(5000)
    world.plain.put_image("mount/from", "v1", [layer])
    proxy, wcow = behind_proxy(world), world.wcow()
    succeeds(wcow.run("pull", f"{proxy.host}/mount/from:v1"))
    succeeds(wcow.run("tag", f"{proxy.host}/mount/from:v1", f"{proxy.host}/mount/to:v1"))
    output = succeeds(wcow.run("push", f"{proxy.host}/mount/to:v1"))
    assert "Mounted from mount/from" in output, output
    posted = [r.path for r in proxy.seen("POST", "uploads") if digest(layer)[7:] in r.path]
    equal(len(posted), 1)
    equal([r for r in proxy.seen("PUT", "uploads") if digest(layer)[7:] in r.path], [])
    output = succeeds(wcow.run("push", f"{proxy.host}/mount/to:v1"))
    assert "Layer already exists" in output, output


def all_tags_of_a_repository_are_pushed(world):
    wcow, source, target = world.wcow(), world.plain.host, world.other.host
    world.plain.put_image("tagged", "v1", [random_bytes(100)])
    succeeds(wcow.run("pull", f"{source}/tagged:v1"))
    for name in ("all/tagged:one", "all/tagged:two", "all/others:three"):
        succeeds(wcow.run("tag", f"{source}/tagged:v1", f"{target}/{name}"))
    succeeds(wcow.run("push", "-a", f"{target}/all/tagged"))
    for tag in ("one", "two"):
        skopeo("inspect", "--tls-verify=false", f"docker://{target}/all/tagged:{tag}")
    fails(wcow.run("pull", f"{target}/all/others:three"), "not found")
    fails(wcow.run("push", "-a", f"{target}/all/nothing"), "does not exist locally with the tag",
          f"{target}/all/nothing")


def without_a_home_there_is_no_place_for_credentials(world):
    wcow = world.wcow()
    for name in ("DOCKER_CONFIG", "HOME", "USERPROFILE"):
        wcow.environment.pop(name, None)
    fails(wcow.run("login", "-u", "user", "--password-stdin", world.plain.host, input="secret"),
          "no place for credentials", "DOCKER_CONFIG")


without_a_home_there_is_no_place_for_credentials.native_only = "Windows always knows USERPROFILE"


def large_blobs_are_sent_in_pieces_and_go_on_where_they_broke(world):
    layer = random_bytes(65 << 20)
    world.plain.put_image("large", "v1", [layer])
    proxy, wcow = behind_proxy(world, world.other), world.wcow()
    pieces = []

    def fault(handler, request):
        if request.method != "PATCH":
            return False
        pieces.append(request)
        if len(pieces) != 2:
            return False
        handler.close_connection = True
        handler.connection.shutdown(2)
        return True

    proxy.fault = fault
    succeeds(wcow.run("pull", f"{world.plain.host}/large:v1"))
    succeeds(wcow.run("tag", f"{world.plain.host}/large:v1", f"{proxy.host}/large:v1"))
    output = succeeds(wcow.run("push", f"{proxy.host}/large:v1"))
    assert "Retrying" in output, output
    equal([r.headers["Content-Range"] for r in pieces],
          [f"0-{(64 << 20) - 1}"] + 2 * [f"{64 << 20}-{(65 << 20) - 1}"])
    equal(len(proxy.seen("GET", "uploads")), 1)
    equal(len(proxy.seen("POST", "uploads")), 2)  # of the layer and of the config
    skopeo("inspect", "--tls-verify=false", f"docker://{world.other.host}/large:v1")


large_blobs_are_sent_in_pieces_and_go_on_where_they_broke.takes_long = True


def uploads_elsewhere_get_no_credentials(world):
    """An upload's address may be a storage service's, which knows who it is by the address."""
    world.plain.put_image("upload/elsewhere", "v1", [random_bytes(500)])
    proxy, storage, wcow = behind_proxy(world), world.add(Proxy()), world.wcow()
    storage.fault = lambda handler, request: handler.say(201) or True

    def fault(handler, request):
        if request.headers.get("Authorization") != basic("user", "secret"):
            handler.say(401, WWW_Authenticate='Basic realm="x"')
        elif request.method == "POST":
            handler.say(202, Location=f"http://{storage.host}/put?signed=yes")
        elif request.method == "HEAD":
            handler.say(404)
        else:
            handler.say(201)
        return True

    succeeds(wcow.run("pull", f"{world.plain.host}/upload/elsewhere:v1"))
    succeeds(wcow.run("tag", f"{world.plain.host}/upload/elsewhere:v1", f"{proxy.host}/elsewhere:v1"))
    proxy.fault = fault
    (wcow.docker / "config.json").write_text(json.dumps(
        {"auths": {proxy.host: {"auth": basic("user", "secret").split()[1]}}}))
    succeeds(wcow.run("push", f"{proxy.host}/elsewhere:v1"))
    equal([r.headers.get("Authorization") for r in storage.requests], [None, None])


def an_interrupted_upload_is_begun_anew(world):
    world.plain.put_image("upload", "v1", [random_bytes(5000)])
    proxy, wcow = behind_proxy(world, world.other), world.wcow()
    left = [2]

    def fault(handler, request):
        if request.method != "PUT" or "uploads" not in request.path or not left[0]:
            return False
        left[0] -= 1
        handler.close_connection = True
        handler.connection.shutdown(2)
        return True

    proxy.fault = fault
    succeeds(wcow.run("pull", f"{world.plain.host}/upload:v1"))
    succeeds(wcow.run("tag", f"{world.plain.host}/upload:v1", f"{proxy.host}/upload:v1"))
    succeeds(wcow.run("push", f"{proxy.host}/upload:v1"))
    skopeo("inspect", "--tls-verify=false", f"docker://{world.other.host}/upload:v1")


def mirrors_are_asked_first(world):
    world.plain.put_image("library/mirrored", "v1", [random_bytes(100)])
    broken, wcow = world.add(Proxy()), world.wcow()
    broken.fault = lambda handler, request: handler.say(404) or True
    mirror = behind_proxy(world)
    wcow.settings(registry_mirrors=[f"http://{broken.host}", f"http://{mirror.host}/"])
    (wcow.docker / "config.json").write_text(json.dumps(
        {"auths": {"https://index.docker.io/v1/": {"auth": basic("me", "hub").split()[1]}}}))
    output = succeeds(wcow.run("pull", "mirrored:v1"))
    equal(output.splitlines()[-2:], ["Status: Downloaded newer image for mirrored:v1",
                                     "docker.io/library/mirrored:v1"])
    output = succeeds(wcow.run("pull", "-a", "mirrored"))
    equal(output.splitlines()[-2:], ["Status: Image is up to date for mirrored:v1",
                                     "docker.io/library/mirrored"])
    assert broken.requests
    equal({r.headers.get("Authorization") for r in broken.requests + mirror.requests}, {None})
