#!/usr/bin/env python3
"""The pinned sources: which packages, which versions, which licences, and how they get here.

  python sources.py lock  --work DIR   resolve packages.txt to today's versions and write sources.tsv (maintainer's step)
  python sources.py fetch --work DIR   download exactly sources.tsv, check every sha256, unpack (train.py calls this)

Only the ordinary clients are used: `cargo info name@version` downloads one crate without its dependencies, `pip download`
takes wheels only. Nothing that is downloaded is ever executed or imported."""
import argparse, csv, email, glob, hashlib, os, platform, re, subprocess, sys, tarfile, zipfile

HERE = os.path.dirname(os.path.abspath(__file__))
TSV = os.path.join(HERE, "sources.tsv")
FIELDS = ["registry", "name", "version", "licence", "role", "sha256"]
# One of these alternatives must stand in the licence expression.
PERMISSIVE = {"MIT", "MIT-0", "APACHE-2.0", "BSD-2-CLAUSE", "BSD-3-CLAUSE", "0BSD", "ISC", "ZLIB", "UNLICENSE", "PSF-2.0", "BSL-1.0", "HPND", "MIT-CMU"}
# Accepted beside a permissive main licence only (numpy's wheel lists it for one bundled file).
ALSO = {"CC0-1.0"}
# Free-text licences of older wheels, in order; the first that matches names the licence.
FREE_TEXT = [
    (r"gpl|affero|mozilla|\bmpl|eclipse|\bepl|proprietary|commercial", None),
    (r"apache", "Apache-2.0"), (r"\bmit\b|expat", "MIT"), (r"\bisc\b", "ISC"), (r"hpnd", "HPND"), (r"zope|zpl", None),
    (r"3-clause|new bsd|modified bsd|bsd-3", "BSD-3-Clause"), (r"2-clause|simplified bsd|bsd-2", "BSD-2-Clause"), (r"bsd", "BSD-3-Clause"),
    (r"python software foundation|psf", "PSF-2.0"), (r"unlicense", "Unlicense"), (r"zlib", "Zlib"),
]
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


def packages():
    registry = role = None
    for line in open(os.path.join(HERE, "packages.txt")):
        line = line.split("#")[0].strip()
        if line.startswith("["):
            registry, role = line.strip("[]").split()
        else:
            for name in line.split():
                yield registry, name, role


def lock(work):
    home, wheels = os.path.join(work, "cargo"), os.path.join(work, "wheels")
    os.makedirs(home, exist_ok=True); os.makedirs(wheels, exist_ok=True)
    rows = []
    for registry, name, role in packages():
        if registry == "crate":
            version, licence = cargo_info(home, name)
            path = version and crate_file(home, name, version)
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
    """Downloads, checks and unpacks every row of sources.tsv; returns [(row, folder of sources)]."""
    home, wheels, src = (os.path.join(work, d) for d in ("cargo", "wheels", "src"))
    for d in (home, wheels, src):
        os.makedirs(d, exist_ok=True)
    out = []
    for r in read_tsv():
        name, version = r["name"], r["version"]
        if r["registry"] == "stdlib":
            if version != platform.python_version():
                print(f"the lock was made with Python {version}; this is {platform.python_version()}, so the standard library's share differs")
            continue
        dest = os.path.join(src, f"{r['registry']}-{name}-{version}")
        if r["registry"] == "crate":
            path = crate_file(home, name, version) or (cargo_info(home, f"{name}@{version}"), crate_file(home, name, version))[1]
        else:
            d = os.path.join(wheels, name); os.makedirs(d, exist_ok=True)
            if not os.listdir(d):
                subprocess.run(PIP + ["-d", d, f"{name}=={version}"], check=True)
            path = os.path.join(d, sorted(os.listdir(d))[0])
        if not os.path.exists(os.path.join(dest, ".ok")):
            if sha256(path) != r["sha256"]:
                raise SystemExit(f"{path}: sha256 differs from sources.tsv")
            wanted = (".rs", ".py")
            if r["registry"] == "crate":
                with tarfile.open(path) as t:
                    t.extractall(dest, [m for m in t if m.isfile() and m.name.endswith(wanted)], filter="data")
            else:
                with zipfile.ZipFile(path) as z:
                    z.extractall(dest, [n for n in z.namelist() if n.endswith(wanted)])
            os.makedirs(dest, exist_ok=True); open(os.path.join(dest, ".ok"), "w").close()
        out.append((r, dest))
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
