# SPDX-License-Identifier: MIT
"""What containers take of the host, and changing what they may take: stats, top, update."""

import json
import re

from wcowtest.case import HostCase

NANO = "microsoft/nanoserver"
BUSY = ("cmd", "/c", "for /L %i in (1,1,1000000000) do rem")


class Stats(HostCase):
    def rows(self, *words):
        printed = self.host.ok("stats", "--no-stream", "--format", "json", *words)
        return {row["Name"]: row for row in map(json.loads, printed.splitlines())}

    def test_both_isolations_in_one_picture(self):
        for isolation in ("process", "hyperv"):
            self.host.ok("run", "-d", "--name", isolation, f"--isolation={isolation}", NANO, *BUSY)
        self.host.ok("create", "--name", "rests", NANO)
        before = len(self.host.calls())
        rows = self.rows()
        asked = [call for call in self.host.calls()[before:]
                 if call["call"] in ("HcsGetComputeSystemProperties", "HNSCall")]
        self.assertEqual({"process", "hyperv"}, set(rows))
        for name, row in rows.items():
            with self.subTest(name):
                self.assertGreater(float(row["CPUPerc"].rstrip("%")), 0.5, row)
                self.assertRegex(row["MemUsage"], r"^[0-9.]+[KMG]iB$")
                self.assertEqual("--", row["MemPerc"])
                self.assertEqual("0B / 0B", row["NetIO"])
        # As dockerd asks: the same two questions, twice a container.
        self.assertEqual({'{"PropertyTypes":["Statistics"]}'},
                         {call["propertyQuery"] for call in asked if "propertyQuery" in call})
        self.assertEqual(4, sum("propertyQuery" in call for call in asked))
        endpoints = [call["path"] for call in asked if "path" in call]
        self.assertEqual(4, len(endpoints))
        self.assertTrue(all(path.startswith("/endpointstats/") for path in endpoints), endpoints)

        rows = self.rows("-a")
        self.assertEqual(("0.00%", "0B", "0B / 0B"),
                         tuple(rows["rests"][key] for key in ("CPUPerc", "MemUsage", "BlockIO")))
        table = self.host.ok("container", "stats", "--no-stream", "hyperv").splitlines()
        self.assertEqual(["CONTAINER ID   NAME      CPU %     PRIV WORKING SET   NET I/O   BLOCK I/O"],
                         [re.sub(" +$", "", table[0])])
        self.assertEqual(2, len(table))
        self.assert_refused(self.host.wcow("stats", "--no-stream", "hyperv", "nosuch"), 1, "nosuch")

    def test_top_has_dockers_columns(self):
        for isolation in ("process", "hyperv"):
            with self.subTest(isolation):
                self.host.ok("run", "-d", "--name", isolation, f"--isolation={isolation}", NANO, "ping", "-t", "localhost")
                lines = self.host.ok("top", isolation).splitlines()
                self.assertEqual("Name                PID                 CPU                 Private Working Set",
                                 lines[0])
                self.assertRegex("\n".join(lines[1:]), r"(?m)^ping.exe +[0-9]+ +\d\d:\d\d:\d\d\.\d{3} +[0-9.]+[kMG]?B$")

    def test_containers_come_and_go_while_it_is_drawn(self):
        path = self.host.path("C:\\drawn")
        with open(path, "wb") as out:
            drawing = self.host.start("stats", "--format", "{{.Name}}={{.NetIO}}", stdout=out)
            try:
                def last():
                    return path.read_bytes().decode().split("\x1b[H")[-1]

                self.host.wait_until(lambda: "\x1b[J" in last(), "an empty picture is drawn")
                self.host.ok("run", "-d", "--name", "one", NANO, "ping", "-t", "localhost")
                self.host.ok("run", "-d", "--name", "two", NANO, "ping", "-t", "localhost")
                self.host.wait_until(lambda: {"one=0B / 0B\x1b[K", "two=0B / 0B\x1b[K"} <= set(last().split("\n")),
                                     "both appear")
                self.host.ok("rm", "-f", "one")
                self.host.wait_until(lambda: "two=" in last() and "one=" not in last(), "one goes, two stays")
            finally:
                drawing.kill()
                drawing.communicate()

    def test_update_changes_what_runs_and_what_starts_later(self):
        for isolation in ("process", "hyperv"):
            with self.subTest(isolation):
                self.host.ok("run", "-d", "--name", isolation, f"--isolation={isolation}", "-m", "512m", NANO, *BUSY)
                before = len(self.host.calls())
                done = self.host.wcow("update", "-m", "300m", "--restart", "on-failure:2", isolation)
                self.assertEqual((0, isolation + "\n"), (done.code, done.out), done.err)
                asked = [json.loads(call["configuration"]) for call in self.host.calls()[before:]
                         if call["call"] == "HcsModifyComputeSystem"]
                if isolation == "process":
                    self.assertEqual([{"ResourcePath": "Container/Memory/SizeInMB", "RequestType": "Update",
                                       "Settings": 300}], asked)
                    self.assertEqual("", done.err)
                else:
                    self.assertEqual([], asked)
                    self.assertIn("counts from its next start on", done.err)
                policy = self.host.inspect(isolation)["HostConfig"]
                self.assertEqual((300 << 20, "on-failure", 2),
                                 (policy["Memory"], policy["RestartPolicy"]["Name"],
                                  policy["RestartPolicy"]["MaximumRetryCount"]))
                before = len(self.host.calls())
                self.host.ok("restart", "-t", "0", isolation)
                made = [call for call in self.host.calls()[before:] if call["call"] == "HcsCreateComputeSystem"]
                self.assertEqual(300, json.loads(made[0]["configuration"])["MemoryMaximumInMB"])
        self.assert_refused(self.host.wcow("update", "process"), 1, "you must provide one or more flags")
        self.assert_refused(self.host.wcow("update", "--memory-swap", "1g", "process"), 125, "--memory-swap")
