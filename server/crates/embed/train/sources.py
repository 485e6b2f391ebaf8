#!/usr/bin/env python3
"""The pinned sources: which packages, which versions, which licences, and how they get here.

  python sources.py lock  --work DIR   resolve packages.txt to today's versions and write sources.tsv (maintainer's step)
  python sources.py fetch --work DIR   download exactly sources.tsv, check every sha256, unpack (train.py calls this)

Only the ordinary clients are used: `cargo info name@version` downloads one crate without its dependencies, `pip download`
takes wheels only, `npm pack` one package, `apt-get source --download-only` the upstream tarballs of a Debian source package
(from the mirrors this machine is set up with, through index files of its own: the system's are left alone), `apt-get download`
one Debian package of a scripting language, which is its source. Nothing that is downloaded is ever executed or imported."""
import argparse, csv, email, glob, hashlib, io, json, os, platform, re, subprocess, sys, tarfile, zipfile

import mine

HERE = os.path.dirname(os.path.abspath(__file__))
TSV = os.path.join(HERE, "sources.tsv")
FIELDS = ["registry", "name", "version", "licence", "role", "sha256"]
# One of these alternatives must stand in the licence expression.
PERMISSIVE = {"MIT", "MIT-0", "APACHE-2.0", "BSD-2-CLAUSE", "BSD-3-CLAUSE", "0BSD", "ISC", "ZLIB", "UNLICENSE", "PSF-2.0", "BSL-1.0", "HPND", "MIT-CMU", "POSTGRESQL"}
# Accepted beside a permissive main licence only (numpy's wheel lists it for one bundled file).
ALSO = {"CC0-1.0"}
# Free-text licences of older wheels, in order; the first that matches names the licence.
FREE_TEXT = [
    (r"gpl|affero|mozilla|\bmpl|eclipse|\bepl|proprietary|commercial", None),
    (r"apache", "Apache-2.0"), (r"\bmit\b|expat", "MIT"), (r"\bisc\b", "ISC"), (r"hpnd", "HPND"), (r"zope|zpl", None),
    (r"3-clause|new bsd|modified bsd|bsd-3", "BSD-3-Clause"), (r"2-clause|simplified bsd|bsd-2", "BSD-2-Clause"), (r"bsd", "BSD-3-Clause"),
    (r"python software foundation|psf", "PSF-2.0"), (r"unlicense", "Unlicense"), (r"zlib", "Zlib"),
]
# What Debian's copyright files call the licences.
DEBIAN_WORDS = [(r"\b(Expat|MIT/X11)\b", "MIT"), (r"\bBSD-?C?-?3\S*", "BSD-3-Clause"), (r"\bBSD-2\S*", "BSD-2-Clause"), (r"\b(BSL|Boost)-1\S*", "BSL-1.0"),
                (r"\bApache(-2\S*)?(?=\s|$)", "Apache-2.0"), (r"^Go$", "BSD-3-Clause")]
# pip resolves for this platform wherever it runs, so that the same wheels come.
PIP = [sys.executable, "-m", "pip", "download", "-q", "--no-deps", "--only-binary", ":all:", "--python-version", "3.12",
       "--platform", "manylinux2014_x86_64", "--platform", "manylinux_2_28_x86_64", "--platform", "manylinux_2_17_x86_64", "--platform", "any", "--implementation", "cp", "--abi", "cp312", "--abi", "abi3", "--abi", "none"]


def permissive(expression):
    """True when every AND part of an SPDX expression offers a permissive alternative."""
    e = expression.upper().replace("/", " OR ").replace("(", " ").replace(")", " ").replace(" WITH LLVM-EXCEPTION", "")
    parts = [{alt.strip() for alt in part.split(" OR ")} for part in e.split(" AND ")]
    return all(alts & (PERMISSIVE | ALSO) for alts in parts) and any(alts & PERMISSIVE for alts in parts)


def sha256(path):
    return hashlib.sha256(open(path, "rb").read()).hexdigest()


def crate_file(home, name, version):
    hits = glob.glob(os.path.join(home, "registry", "cache", "*", f"{name}-{version}.crate"))
    return hits[0] if hits else None


def cargo_info(home, spec):
    env = dict(os.environ, CARGO_HOME=home, CARGO_TERM_COLOR="never")
    p = subprocess.run(["cargo", "info", spec], env=env, cwd=home, capture_output=True, text=True)
    if p.returncode:
        return None, None
    version = re.search(r"^version: (\S+)", p.stdout, re.M)
    licence = re.search(r"^license: (.*)$", p.stdout, re.M)
    return version and version[1], (licence[1].strip() if licence else "unknown")


def wheel_licence(path):
    with zipfile.ZipFile(path) as z:
        meta = next(n for n in z.namelist() if n.endswith(".dist-info/METADATA"))
        m = email.message_from_bytes(z.read(meta))
    if m["License-Expression"]:
        return m["Version"], m["License-Expression"]
    for text in [c for c in m.get_all("Classifier", []) if c.startswith("License ::")] + [str(m["License"] or "")[:120]]:
        for pattern, name in FREE_TEXT:
            if re.search(pattern, text, re.I):
                if name:
                    return m["Version"], name
                break
    return m["Version"], "unknown: " + str(m["License"] or "")[:40].replace("\n", " ")


def npm_pack(folder, spec):
    """One npm package as its tarball -> (path, version, licence)."""
    os.makedirs(folder, exist_ok=True)
    if not glob.glob(os.path.join(folder, "*.tgz")):
        subprocess.run(["npm", "pack", "--silent", "--pack-destination", folder, spec], capture_output=True)
    path = next(iter(glob.glob(os.path.join(folder, "*.tgz"))), None)
    if not path:
        return None, None, None
    with tarfile.open(path) as t:
        m = json.load(t.extractfile(next(n for n in t if n.name.count("/") == 1 and n.name.endswith("/package.json"))))
    return path, m["version"], m.get("license") if isinstance(m.get("license"), str) else "unknown"


def apt(work):
    """Options that give apt-get source lists and caches of its own, made from the system's Debian sources."""
    d = os.path.join(work, "apt")
    options = ["-o", "Dir::Etc::SourceList=/dev/null", "-o", f"Dir::Etc::SourceParts={d}/parts", "-o", f"Dir::State::Lists={d}/lists", "-o", f"Dir::Cache={d}/cache"]
    if not glob.glob(os.path.join(d, "lists", "*Sources*")):
        for sub in ("parts", "lists/partial", "cache/archives/partial"):
            os.makedirs(os.path.join(d, sub), exist_ok=True)
        text = open("/etc/apt/sources.list.d/debian.sources").read()
        open(os.path.join(d, "parts", "debian.sources"), "w").write(re.sub(r"(?m)^Types:.*", "Types: deb-src", text))
        subprocess.run(["apt-get", *options, "-q", "update"], check=True, stdout=subprocess.DEVNULL)
    return options


def debian_source(work, name, version=None):
    """-> (the .dsc file, its upstream tarballs, version); the .dsc holds the tarballs' hashes, which are checked here."""
    d = os.path.join(work, "debs", name)
    os.makedirs(d, exist_ok=True)
    if not glob.glob(os.path.join(d, "*.dsc")):
        subprocess.run(["apt-get", *apt(work), "-q", "source", "--download-only", name + (f"={version}" if version else "")], cwd=d, capture_output=True)
    dsc = next(iter(glob.glob(os.path.join(d, "*.dsc"))), None)
    if not dsc:
        return None, [], None
    text = open(dsc).read()
    files = re.findall(r"^ ([0-9a-f]{64}) \d+ (\S+)$", text, re.M)
    for digest, n in files:
        if os.path.exists(os.path.join(d, n)) and sha256(os.path.join(d, n)) != digest:
            raise SystemExit(f"{n}: sha256 differs from {dsc}")
    tarballs = [os.path.join(d, n) for _, n in files if re.search(r"\.tar\.\w+$", n) and os.path.exists(os.path.join(d, n))]
    return dsc, tarballs, re.search(r"^Version: (\S+)", text, re.M)[1]


def debian_package(work, name, version=None):
    """-> (the .deb file, version)"""
    d = os.path.join(work, "deb", name)
    os.makedirs(d, exist_ok=True)
    if not glob.glob(os.path.join(d, "*.deb")):
        subprocess.run(["apt-get", "-q", "download", name + (f"={version}" if version else "")], cwd=d, capture_output=True)
    path = next(iter(glob.glob(os.path.join(d, "*.deb"))), None)
    return path, path and subprocess.run(["dpkg-deb", "-f", path, "Version"], capture_output=True, text=True).stdout.strip()


def open_archive(path):
    """A tarball, or the files of a .deb."""
    if path.endswith(".deb"):
        return tarfile.open(fileobj=io.BytesIO(subprocess.run(["dpkg-deb", "--fsys-tarfile", path], capture_output=True, check=True).stdout))
    return tarfile.open(path)


def debian_licence(archives):
    """The licence that the package's copyright file gives the files at large, in SPDX's words where they are known."""
    for path in archives:
        if path.endswith(".deb") or ".debian.tar" in path:
            with open_archive(path) as t:
                text = next((t.extractfile(n).read().decode("utf8", "replace") for n in t if n.isfile() and n.name.endswith("/copyright")), "")
            m = re.search(r"^Files:\s*\*.*?\n(?:.*\n)*?License:[ \t]*(.*)", text, re.M)
            if not m:
                return "unknown: not machine-readable"
            e = m[1].strip().replace(" or ", " OR ").replace(" and ", " AND ").replace(",", "")
            for pattern, name in DEBIAN_WORDS:
                e = re.sub(pattern, name, e, flags=re.I)
            return e
    return "unknown"


def unpack(path, dest, wanted):
    """The source files of an archive; a shell script without an extension gets one."""
    with open_archive(path) as t:
        for m in t:
            if not m.isfile() or m.size > mine.MAX_FILE or mine.SKIP.search(m.name):
                continue
            script = path.endswith(".deb") and "." not in os.path.basename(m.name) and re.match(rb"#!\s*\S*(/| )(ba|z)?sh\b", t.extractfile(m).read(60))
            if script:
                m.name += ".sh"
            if script or m.name.endswith(wanted):
                try:
                    t.extract(m, dest, filter="data")
                except (tarfile.FilterError, OSError):
                    print("not unpacked:", path, m.name)


def packages():
    registry = role = None
    for line in open(os.path.join(HERE, "packages.txt")):
        line = line.split("#")[0].strip()
        if line.startswith("["):
            registry, role = line.strip("[]").split()
        else:
            for name in line.split():
                name, _, read = name.partition("=")   # name=LICENCE: read by a person, where debian/copyright is free text
                yield registry, name, role, read


def lock(work):
    home, wheels = os.path.join(work, "cargo"), os.path.join(work, "wheels")
    os.makedirs(home, exist_ok=True); os.makedirs(wheels, exist_ok=True)
    rows, pinned = [], {(r["registry"], r["name"]): r for r in read_tsv()} if os.path.exists(TSV) else {}
    for registry, name, role, read in packages():
        bare = name[0] + name[1:].partition("@")[0]
        if (registry, bare) in pinned:   # what is pinned stays; take its line out of sources.tsv to renew it
            rows.append(dict(pinned[registry, bare], role=role))
            continue
        if registry == "crate":
            version, licence = cargo_info(home, name)
            path = version and crate_file(home, name, version)
        elif registry == "npm":
            bare, _, wish = name[1:].partition("@")   # a leading @ is a scope
            name = name[0] + bare
            path, version, licence = npm_pack(os.path.join(work, "npm", name.replace("/", "+")), name + (f"@{wish}" if wish else ""))
        elif registry == "debsrc":
            path, archives, version = debian_source(work, name)
            path = path if any(".orig" in t or ".debian" not in t for t in archives) else None
            licence = path and (read or debian_licence(archives))
        elif registry == "deb":
            path, version = debian_package(work, name)
            licence = path and (read or debian_licence([path]))
        else:
            d = os.path.join(wheels, name); os.makedirs(d, exist_ok=True)
            if not os.listdir(d):
                subprocess.run(PIP + ["-d", d, name])
            path = next((os.path.join(d, f) for f in os.listdir(d)), None)
            version, licence = wheel_licence(path) if path else (None, None)
        if not path:
            print("not found:", registry, name)
        elif not permissive(licence):
            print("licence refused:", registry, name, version, licence)
        else:
            rows.append(dict(registry=registry, name=name, version=version, licence=licence, role=role, sha256=sha256(path)))
    rows.append(dict(registry="stdlib", name="python", version=platform.python_version(), licence="PSF-2.0", role="train", sha256="-"))
    with open(TSV, "w", newline="") as f:
        w = csv.DictWriter(f, FIELDS, delimiter="\t", lineterminator="\n")
        w.writeheader(); w.writerows(sorted(rows, key=lambda r: (r["registry"], r["name"])))
    print(len(rows), "packages pinned")


def read_tsv():
    with open(TSV, newline="") as f:
        return list(csv.DictReader(f, delimiter="\t"))


def fetch(work):
    """Downloads, checks and unpacks every row of sources.tsv; returns [(row, folder of sources)]. A Debian mirror keeps a version until the
    next point release: what it has dropped since the lock is left out and named, because the rest still makes a table."""
    home, wheels, src = (os.path.join(work, d) for d in ("cargo", "wheels", "src"))
    for d in (home, wheels, src):
        os.makedirs(d, exist_ok=True)
    out, gone = [], []
    for r in read_tsv():
        name, version = r["name"], r["version"]
        if r["registry"] == "stdlib":
            if version != platform.python_version():
                print(f"the lock was made with Python {version}; this is {platform.python_version()}, so the standard library's share differs")
            continue
        dest = os.path.join(src, f"{r['registry']}-{name}-{version}".replace("/", "+").replace(":", "+"))
        if r["registry"] == "crate":
            path = crate_file(home, name, version) or (cargo_info(home, f"{name}@{version}"), crate_file(home, name, version))[1]
        elif r["registry"] == "npm":
            path = npm_pack(os.path.join(work, "npm", name.replace("/", "+")), f"{name}@{version}")[0]
            archives = [path]
        elif r["registry"] == "debsrc":
            path, archives, _ = debian_source(work, name, version)
        elif r["registry"] == "deb":
            path, _ = debian_package(work, name, version)
            archives = [path]
        else:
            d = os.path.join(wheels, name); os.makedirs(d, exist_ok=True)
            if not os.listdir(d):
                subprocess.run(PIP + ["-d", d, f"{name}=={version}"], check=True)
            path = os.path.join(d, sorted(os.listdir(d))[0])
        if not os.path.exists(os.path.join(dest, ".ok")):
            if not path and r["registry"] in ("deb", "debsrc"):
                gone.append(f"{name} {version}")
                continue
            if not path:
                raise SystemExit(f"{r['registry']} no longer has {name} {version}")
            if sha256(path) != r["sha256"]:
                raise SystemExit(f"{path}: sha256 differs from sources.tsv")
            wanted = tuple("." + e for e in mine.EXTENSIONS)
            if r["registry"] in ("npm", "debsrc", "deb"):
                for archive in archives:
                    unpack(archive, dest, wanted)
            elif r["registry"] == "crate":
                wanted = (".rs",)
                with tarfile.open(path) as t:
                    t.extractall(dest, [m for m in t if m.isfile() and m.name.endswith(wanted)], filter="data")
            else:
                wanted = (".py",)
                with zipfile.ZipFile(path) as z:
                    z.extractall(dest, [n for n in z.namelist() if n.endswith(wanted)])
            os.makedirs(dest, exist_ok=True); open(os.path.join(dest, ".ok"), "w").close()
        out.append((r, dest))
    if gone:
        print("left out, because the Debian mirror no longer has them (the table will differ a little from the shipped one; `lock` takes today's):", ", ".join(gone))
    return out


if __name__ == "__main__":
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("step", choices=["lock", "fetch"]); p.add_argument("--work", required=True)
    a = p.parse_args()
    work = os.path.abspath(a.work)
    if a.step == "lock":
        lock(work)
    else:
        print(len(fetch(work)), "packages unpacked")
