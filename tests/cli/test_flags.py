# SPDX-License-Identifier: MIT
"""Flags and spellings that no other case is about, each used once: tests/cli/uses tells which are missing."""

import json
import time

from wcowtest.case import HostCase

NANO = "microsoft/nanoserver:latest"
PING = ("ping", "-t", "localhost")
ISOLATIONS = ("process", "hyperv")
NAT = "172.45.0.0/16"


class FlagCase(HostCase):
    images = ("nanoserver",)

    def file(self, name, text):
        path = self.host.path(rf"C:\{name}")
        path.write_text(text)
        self.addCleanup(path.unlink)
        return rf"C:\{name}"


class FlagsOfRun(FlagCase):
    def endpoint(self, before):
        """What HNS was asked for since then."""
        made = [call for call in self.host.calls()[before:]
                if (call["call"], call.get("method"), call.get("path")) == ("HNSCall", "POST", "/endpoints/")]
        body = made[-1]["object"]
        return body if isinstance(body, dict) else json.loads(body)

    def test_what_an_endpoint_is_asked_for(self):
        self.host.ok("network", "create", "--attachable", "--internal", "--ipv4", "--aux-address", "router=172.45.0.9",
                     "--subnet", NAT, "flags")
        self.addCleanup(self.host.ok, "network", "rm", "flags")
        for isolation in ISOLATIONS:
            with self.subTest(isolation):
                before = len(self.host.calls())
                self.host.ok("run", "-d", "--name", "web", "--isolation", isolation, "--net", "flags", "--net-alias", "www",
                             "--ip", "172.45.0.77", "--mac-address", "00:15:5D:00:00:77", "--dns", "1.1.1.1", NANO, *PING)
                body = self.endpoint(before)
                self.assertEqual(("172.45.0.77", "00-15-5d-00-00-77", "1.1.1.1"),
                                 (body["IPAddress"], body["MacAddress"], body["DNSServerList"]))
                shown = self.host.inspect("web")["NetworkSettings"]["Networks"]["flags"]
                self.assertIn("www", shown["Aliases"])
                self.host.ok("rm", "-f", "web")

    def test_a_container_of_either_schema(self):
        for isolation in ISOLATIONS:
            for schema in ("1", "2"):
                with self.subTest(isolation=isolation, schema=schema):
                    before = len(self.host.calls())
                    done = self.host.wcow("run", "--rm", "--isolation", isolation, "--schema", schema, NANO, "exit", "7")
                    if (isolation, schema) == ("hyperv", "2"):
                        self.assert_refused(done, 125, "--schema 2 is for process isolation")
                        continue
                    self.assertEqual(7, done.code, done)
                    made = [json.loads(call["configuration"]) for call in self.host.calls()[before:]
                            if call["call"] == "HcsCreateComputeSystem"]
                    self.assertEqual(schema == "2", "SchemaVersion" in made[0], made[0])

    def test_labels_of_a_file_a_driver_and_when_health_counts(self):
        labels = self.file("labels.txt", "tier=web\n# of nobody\nplain\n")  # the last as Docker: no variable, no label
        self.host.ok("create", "--name", "web", "--label-file", labels, "--volume-driver", "local", "-v", r"kept:C:\kept",
                     "--health-cmd", "exit 0", "--health-start-period", "5s", "--health-start-interval", "2s", NANO)
        shown = self.host.inspect("web")
        self.assertEqual({"tier": "web"}, shown["Config"]["Labels"])
        self.assertEqual((5 * 10**9, 2 * 10**9), tuple(shown["Config"]["Healthcheck"][key]
                                                       for key in ("StartPeriod", "StartInterval")))
        self.assertEqual("local", shown["Mounts"][0]["Driver"])
        self.host.ok("rm", "web")
        self.host.ok("volume", "rm", "kept")

    def leave(self, *command):
        """In a terminal, by keys of its own."""
        with self.terminal(*command) as terminal:
            terminal.expect(">")
            terminal.type("\x18")
            terminal.wait()

    def test_keys_of_ones_own_detach(self):
        for isolation in ISOLATIONS:
            with self.subTest(isolation):
                keys = ("--detach-keys", "ctrl-x")
                self.leave("run", "-it", "--isolation", isolation, "--name", "shell", *keys, "--sig-proxy=false", NANO, "cmd")
                self.leave("exec", "-it", *keys, "shell", "cmd")
                with self.terminal("attach", *keys, "--sig-proxy=false", "shell") as terminal:
                    time.sleep(2)  # nothing is shown that tells that typing reaches it
                    terminal.type("echo back-%COMPUTERNAME%-again\r")
                    terminal.expect(r"back-[^%\n]+-again")
                    terminal.type("\x18")
                    terminal.wait()
                self.assertTrue(self.host.inspect("shell")["State"]["Running"])
                self.host.ok("rm", "-f", "shell")
        self.host.ok("create", "-it", "--name", "shell", NANO, "cmd")
        self.leave("start", "-a", "-i", "--detach-keys", "ctrl-x", "shell")
        self.assertTrue(self.host.inspect("shell")["State"]["Running"])

    def test_a_tty_of_exec_and_its_variables_of_a_file(self):
        variables = self.file("variables.txt", "SAID=from a file\n")
        for isolation in ISOLATIONS:
            with self.subTest(isolation):
                self.host.ok("run", "-d", "--name", "web", "--isolation", isolation, NANO, *PING)
                self.assertEqual("from a file", self.host.ok("exec", "--env-file", variables, "web", "cmd", "/c",
                                                             "echo %SAID%").strip())
                with self.terminal("exec", "-it", "web", "cmd") as terminal:
                    terminal.expect(">")
                    terminal.type("exit 9\r")
                    self.assertEqual(9, terminal.wait())
                self.host.ok("rm", "-f", "web")


class FlagsOfLife(FlagCase):
    def signals(self, before):
        return [json.loads(call["options"])["Signal"] for call in self.host.calls()[before:]
                if call["call"] == "HcsSignalProcess"]

    def test_signals_and_times_by_their_other_names(self):
        for isolation in ISOLATIONS:
            with self.subTest(isolation):
                self.host.ok("run", "-d", "--name", "web", "--isolation", isolation, NANO, *PING)
                before = len(self.host.calls())
                self.host.ok("restart", "-s", "INT", "--time", "20", "web")
                self.assertEqual(["CtrlC"], self.signals(before))
                before = len(self.host.calls())
                self.host.ok("kill", "-s", "INT", "web")
                self.assertEqual("3221225786", self.host.ok("wait", "web"))
                self.assertEqual(["CtrlC"], self.signals(before))
                self.host.ok("start", "web")
                self.host.ok("stop", "--time", "0", "web")
                self.host.ok("rm", "web")

    def test_attach_to_either(self):
        for isolation in ISOLATIONS:
            with self.subTest(isolation):
                self.host.ok("run", "-d", "--isolation", isolation, "--name", "few", NANO, "ping", "-n", "4", "localhost")
                self.assertIn("Reply", self.host.ok("attach", "--no-stdin", "few"))
                self.host.ok("rm", "few")

    def changed(self, *words):
        """What the service was told, and what was said of what it was not."""
        before = len(self.host.calls())
        done = self.host.wcow("update", *words, "web")
        self.assertEqual(0, done.code, done)
        return [json.loads(call["configuration"]) for call in self.host.calls()[before:]
                if call["call"] == "HcsModifyComputeSystem"], done.err

    def test_update_changes_what_runs_where_the_service_can(self):
        limits = (("--cpu-count", "1"), ("--cpu-percent", "50"), ("--cpu-shares", "500"))
        for isolation in ISOLATIONS:
            with self.subTest(isolation):
                self.host.ok("run", "-d", "--name", "web", "--isolation", isolation, NANO, *PING)
                for flag, value in limits:
                    told, said = self.changed("--cpu-count", "0", "--cpu-percent", "0", "--cpu-shares", "0", flag, value)
                    self.assertEqual(isolation == "process", len(told) == 1, told)
                    self.assertEqual(isolation == "hyperv", "counts from its next start on" in said, said)
                told, said = self.changed("--io-maxbandwidth", "10mb", "--io-maxiops", "500")
                self.assertEqual([], told)
                self.assertIn("counts from its next start on", said)
                shown = self.host.inspect("web")["HostConfig"]
                self.assertEqual((500, 10 << 20, 500), tuple(shown[key] for key in
                                                             ("CpuShares", "IOMaximumBandwidth", "IOMaximumIOps")))
                self.host.ok("rm", "-f", "web")

    def test_logs_between_two_times(self):
        self.host.ok("run", "--name", "talk", NANO, "cmd", "/c", "echo one& ping -n 3 localhost >nul& echo two")
        first, last = (line.split(" ", 1)[0] for line in self.host.ok("logs", "-t", "talk").splitlines())
        self.assertEqual("two", self.host.ok("logs", "--since", last, "talk").strip())
        self.assertEqual("one", self.host.ok("logs", "--until", first, "talk").strip())
        self.assertEqual("one", self.host.ok("logs", "--since", "1h", "--until", first, "talk").strip())

    def test_where_a_container_is_on_several_networks(self):
        self.host.ok("network", "create", "--subnet", NAT, "flags")
        self.host.ok("run", "-d", "--name", "web", NANO, *PING)
        self.host.ok("network", "connect", "--alias", "www", "--mac-address", "00:15:5D:00:00:78", "flags", "web")
        shown = json.loads(self.host.ok("container", "inspect", "-f", "{{json .NetworkSettings.Networks}}", "web"))["flags"]
        self.assertEqual("00:15:5d:00:00:78", shown["MacAddress"].lower())
        self.assertIn("www", shown["Aliases"])
        self.assertEqual("web", self.host.ok("network", "inspect", "-v", "-f",
                                             "{{range .Containers}}{{.Name}}{{end}}", "flags"))
        self.host.ok("network", "disconnect", "-f", "flags", "web")
        self.assert_refused(self.host.wcow("network", "disconnect", "-f", "x", "web"), 1, "not connected to network x")
        self.host.ok("rm", "-f", "web")
        whole = self.host.ok("network", "ls", "-q", "--no-trunc", "-f", "name=flags")
        self.assertEqual(whole, self.host.ok("network", "inspect", "-f", "{{.Id}}", "flags"))
        self.assertNotIn("flags", self.host.ok("network", "prune", "-f", "--filter", "label=x"))
        self.assertIn("flags", self.host.ok("network", "prune", "-f", "--filter", "label!=x"))


class FlagsOfLists(FlagCase):
    def test_the_last_containers_and_their_sizes(self):
        for name in ("one", "two", "three"):
            self.host.ok("create", "--name", name, NANO)
        names = ("--format", "{{.Names}}")
        self.assertEqual(["three", "two"], self.host.ok("ps", "-n", "2", *names).split())
        self.assertEqual(["three"], self.host.ok("ps", "-l", *names).split())
        self.assertRegex(self.host.ok("ps", "-a", "-s", "--format", "{{.Size}}").splitlines()[0],
                         r"^\d[0-9.]*[kMG]?B \(virtual \d[0-9.]*[kMG]?B\)$")
        for words in (("inspect", "-s"), ("container", "inspect", "-s")):
            self.assertGreater(json.loads(self.host.ok(*words, "one"))[0]["SizeRootFs"], 0)
        whole = self.host.inspect("one")["Id"]
        self.assertIn(whole, self.host.ok("stats", "-a", "--no-stream", "--no-trunc"))
        self.host.ok("update", "--restart", "always", "one")
        self.host.ok("start", "one")
        self.assertEqual(whole, self.host.ok("service", "ls", "--no-trunc", "--format", "{{.Container}}"))

    def test_sizes_are_exact_where_a_program_reads_them(self):
        exact = "--human=false"
        self.host.ok("run", "-d", "--name", "web", NANO, *PING)
        self.assertRegex(self.host.ok("top", exact, "--format", "{{.Name}} {{.PrivateWorkingSet}}", "web"), r"ping\.exe \d+\b")
        self.assertRegex(self.host.ok("stats", "--no-stream", exact, "--format", "{{.MemUsage}}", "web"), r"^\d+$")
        self.assertRegex(self.host.ok("layer", "ls", exact, "--format", "{{.Size}}").splitlines()[0], r"^\d+$")
        self.assertRegex(self.host.ok("system", "df", exact, "--format", "{{.Size}}").splitlines()[0], r"^\d+$")
        self.host.ok("rm", "-f", "web")
        for words in (("system", "prune"), ("container", "prune"), ("image", "prune"), ("volume", "prune")):
            with self.subTest(words):
                self.assertRegex(self.host.ok(*words, "-f", exact).splitlines()[-1], r"\b0$")

    def test_what_it_tells_of_itself_and_of_the_host(self):
        self.assertIn("Storage Driver: windowsfilter", self.host.ok("info"))
        self.assertEqual("windows", self.host.ok("info", "-f", "{{.OSType}}"))
        version = self.host.ok("version", "-f", "{{.Client.Version}}")
        self.assertRegex(version, r"^\d+\.\d+\.\d+")
        self.assertIn(version, self.host.ok("version"))
        self.assertIn("0xC0370101", self.host.ok("explain", "--list").replace("0xc0370101", "0xC0370101"))
        self.assertTrue(json.loads(self.host.ok("explain", "--format", "json", "0xC0370101")))
        self.assertIn("Register-ArgumentCompleter", self.host.ok("completion", "powershell"))
        self.assertIn("wcow run", self.host.ok("help", "run"))

    def test_images_in_numbers_and_by_label(self):
        self.assertRegex(self.host.ok("history", "--human=false", "--format", "{{.Size}}", NANO).splitlines()[-1], r"^\d+$")
        self.host.ok("run", "--name", "made", NANO, "cmd", "/c", "echo made > made.txt")
        self.host.ok("commit", "--pause=false", "-c", "LABEL tier=web", "made")
        self.assertNotIn("deleted:", self.host.ok("image", "prune", "-f", "--filter", "label=tier=db"))
        self.assertIn("deleted:", self.host.ok("image", "prune", "-f", "--filter", "label=tier=web"))
        self.host.ok("tag", NANO, "again:1")
        self.assertIn("Untagged: again:1", self.host.ok("rmi", "--no-prune", "again:1"))

    def test_volumes_by_driver_and_label(self):
        self.host.ok("volume", "create", "-d", "local", "--name", "one", "--label", "tier=web")
        self.host.ok("volume", "create", "two")
        self.assertRegex(self.host.ok("volume", "inspect", "-f", "{{.Name}} {{.Driver}} {{.Mountpoint}}", "one"),
                         r"^one local .*\\one\\_data$")
        self.assertEqual("web", json.loads(self.host.ok("volume", "inspect", "one"))[0]["Labels"]["tier"])
        self.assertEqual("one/local", self.host.ok("volume", "ls", "-f", "label=tier", "--format", "{{.Name}}/{{.Driver}}"))
        self.assertIn("one", self.host.ok("volume", "prune", "-a", "-f", "--filter", "label=tier=web"))
        self.assertEqual("two", self.host.ok("volume", "ls", "-q"))
        self.host.ok("volume", "rm", "two")

    def test_copies_as_docker_spells_them(self):
        self.host.ok("create", "--name", "web", NANO)
        source = self.file("source.txt", "copied")
        self.host.ok("cp", "-a", "-L", "-q", source, r"web:C:\Users\Public\copied.txt")
        path = self.host.path(r"C:\back.txt")
        self.addCleanup(path.unlink)
        self.host.ok("cp", "-q", r"web:C:\Users\Public\copied.txt", r"C:\back.txt")
        self.assertEqual("copied", path.read_text())
