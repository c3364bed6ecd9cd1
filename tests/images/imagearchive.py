# SPDX-License-Identifier: MIT
"""Archives of images: what `docker save` writes, before and since version 25, and OCI archives."""

import gzip
import hashlib
import io
import json
import tarfile

LAYER = "application/vnd.oci.image.layer.v1.tar"
CONFIG = "application/vnd.oci.image.config.v1+json"
MANIFEST = "application/vnd.oci.image.manifest.v1+json"
INDEX = "application/vnd.oci.image.index.v1+json"


def digest(content):
    return hashlib.sha256(content).hexdigest()


def to_json(value):
    return json.dumps(value, separators=(",", ":")).encode()


class Image:
    """A reference, its configuration, and its layers' tars, base first."""

    def __init__(self, reference, configuration, layers):
        self.reference = reference
        self.layers = layers
        self.configuration = to_json({
            **configuration,
            "rootfs": {"type": "layers",
                       "diff_ids": [f"sha256:{digest(layer)}" for layer in layers]},
        })


def tar_of(files):
    """A tar of {name: content}, the same bytes each time."""
    output = io.BytesIO()
    with tarfile.open(fileobj=output, mode="w", format=tarfile.USTAR_FORMAT) as tar:
        for name, content in files.items():
            entry = tarfile.TarInfo(name)
            entry.size, entry.mtime = len(content), 1658448000
            tar.addfile(entry, io.BytesIO(content))
    return output.getvalue()


def docker_archive(image):
    """As `docker save` of Docker 1.10 to 24: a folder a layer, and manifest.json."""
    config = digest(image.configuration)
    folders = [digest(config.encode() + layer) for layer in image.layers]
    name, tag = image.reference.split(":")
    files = {f"{folder}/layer.tar": layer for folder, layer in zip(folders, image.layers)}
    files[f"{config}.json"] = image.configuration
    files["manifest.json"] = to_json([{
        "Config": f"{config}.json",
        "RepoTags": [image.reference],
        "Layers": [f"{folder}/layer.tar" for folder in folders],
    }])
    files["repositories"] = to_json({name: {tag: folders[-1]}})
    return tar_of(files)


def _layout(image, compress):
    """The files of an OCI image layout, and the blob names of config and layers in it."""
    suffix = "+gzip" if compress else ""
    layers = [gzip.compress(layer, 6, mtime=0) if compress else layer for layer in image.layers]
    blobs = {digest(blob): blob for blob in [image.configuration, *layers]}

    def descriptor(kind, content, **more):
        return {"mediaType": kind, "digest": f"sha256:{digest(content)}", "size": len(content),
                **more}

    manifest = to_json({
        "schemaVersion": 2, "mediaType": MANIFEST,
        "config": descriptor(CONFIG, image.configuration),
        "layers": [descriptor(LAYER + suffix, layer) for layer in layers],
    })
    blobs[digest(manifest)] = manifest
    names = {"io.containerd.image.name": f"docker.io/{image.reference}",
             "org.opencontainers.image.ref.name": image.reference.split(":")[1]}
    files = {f"blobs/sha256/{name}": blob for name, blob in blobs.items()}
    files["index.json"] = to_json({
        "schemaVersion": 2, "mediaType": INDEX,
        "manifests": [descriptor(MANIFEST, manifest, annotations=names)],
    })
    files["oci-layout"] = to_json({"imageLayoutVersion": "1.0.0"})
    blob = "blobs/sha256/{}".format
    return files, blob(digest(image.configuration)), [blob(digest(layer)) for layer in layers]


def docker_archive_with_layout(image):
    """As `docker save` since Docker 25: an OCI layout that has a manifest.json, too."""
    files, config, layers = _layout(image, compress=False)
    files["manifest.json"] = to_json([{"Config": config, "RepoTags": [image.reference],
                                       "Layers": layers}])
    return tar_of(files)


def oci_archive(image):
    """As `docker buildx build --output type=oci`: an OCI layout with compressed layers."""
    return tar_of(_layout(image, compress=True)[0])
