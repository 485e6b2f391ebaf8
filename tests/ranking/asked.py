#!/usr/bin/env python3
"""Lays out the judged queries of `asked.tsv` for `fit.py --made` and the harness: 636 functions of 30 packages, each asked for twice in the words
of somebody who does not know its name.

    asked.py --sources DIR/src --out asked        # DIR: the folder where `server/crates/embed/train/train.py --work DIR` unpacked its packages

A language model wrote the queries, function by function, from the source alone; it saw no result of any search. Nothing was learned from
these packages: the default embedder's training holds them out (`server/crates/embed/train/sources.tsv` pins them). *behaviour* says in 5 to 13 words what
the code does and avoids its names; its target is the function. *topic* asks in 3 to 9 words, as for a subject, so that its target is the function's file.
"""
import argparse, csv, json, pathlib, shutil

HERE = pathlib.Path(__file__).resolve().parent


def main():
    p = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    p.add_argument("--sources", required=True, type=pathlib.Path, help="folder with a folder for each package")
    p.add_argument("--out", required=True, type=pathlib.Path)
    a = p.parse_args()
    tasks = {}
    with open(HERE / "asked.tsv", newline="") as file:
        for row in csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE):
            target = {"path": row["path"], "start_line": int(row["first"]), "end_line": int(row["last"])}
            tasks.setdefault(row["package"], []).extend(
                [
                    {"query": row["behaviour"], "category": "behaviour", "relevant": [target]},
                    {"query": row["topic"], "category": "topic", "relevant": [row["path"]]},
                ]
            )
    missing = [package for package in tasks if not (a.sources / package).is_dir()]
    if missing:
        raise SystemExit(f"not in {a.sources}: {', '.join(missing)}")
    shutil.rmtree(a.out, ignore_errors=True)
    (a.out / "annotations").mkdir(parents=True)
    for package, judged in tasks.items():
        for task in judged:
            target = task["relevant"][0]
            path = target if isinstance(target, str) else target["path"]
            if not (a.sources / package / path).is_file():
                raise SystemExit(f"{package} has no {path}: another version?")
        shutil.copytree(a.sources / package, a.out / "trees" / package, ignore=shutil.ignore_patterns(".ok"))
        (a.out / "annotations" / f"{package}.json").write_text(json.dumps(judged, indent=1))
    specs = [{"name": package, "language": package.split("-")[0]} for package in tasks]
    (a.out / "repos.json").write_text(json.dumps(specs, indent=1))
    print(f"{len(tasks)} trees, {sum(map(len, tasks.values()))} queries")


if __name__ == "__main__":
    main()
