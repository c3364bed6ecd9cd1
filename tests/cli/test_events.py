# SPDX-License-Identifier: MIT
"""events and logs: what is told of containers while they live, and what is kept of their output."""

import json
import subprocess
import time

from wcowtest.case import HostCase

NANO = "microsoft/nanoserver"


class Events(HostCase):
    images = ("nanoserver",)

    def events(self, begun, *options):
        return self.host.ok("events", "--since", str(begun), "--until", str(int(time.time()) + 1), *options)

    def test_a_follower_sees_a_life_as_docker_tells_it(self):
        follower = self.host.start("events", "-f", "type=container", "--format", "{{.Action}} {{.Actor.Attributes.name}}",
                                   stdout=subprocess.PIPE)
        try:
            time.sleep(3)  # until it listens
            begun = int(time.time())
            self.host.ok("run", "-d", "--name", "web", "-l", "tier=front", NANO, "ping", "-t", "localhost")
            self.host.ok("exec", "web", "cmd", "/c", "exit 0")
            self.host.ok("stop", "-t", "0", "web")
            self.host.ok("rm", "web")
            wanted = ["create web", "start web", "exec_create: cmd /c exit 0 web", "exec_start: cmd /c exit 0 web",
                      "exec_die web", "kill web", "die web", "stop web", "destroy web"]
            self.assertEqual(wanted, [follower.stdout.readline().decode().strip() for _ in wanted])
        finally:
            follower.kill()
            follower.communicate()
        died = json.loads(self.events(begun, "-f", "event=die", "--format", "json"))
        self.assertEqual(("container", "front", NANO), (died["Type"], died["Actor"]["Attributes"]["tier"], died["from"]))
        self.assertRegex(self.events(begun, "-f", "label=tier", "-f", "event=start"),
                         r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}(Z|[+-]\d\d:\d\d) container start [0-9a-f]{64} "
                         r"\(image=microsoft/nanoserver, name=web, tier=front\)$")

    def test_logs_of_several_files_are_read_in_order_and_followed(self):
        self.host.ok("run", "--name", "talk", "--log-opt", "max-size=1k", "--log-opt", "max-file=3", "--log-opt",
                     "compress=true", "--log-opt", "labels=tier", "-l", "tier=front", NANO, "cmd", "/c",
                     "for /l %i in (1,1,60) do @echo line %i")
        lines = [line.strip() for line in self.host.ok("logs", "talk").split("\n")]
        first = int(lines[0].split()[1])
        self.assertTrue(10 < first < 45, lines)
        self.assertEqual([f"line {i}" for i in range(first, 61)], lines)
        self.assertEqual("tier=front line 60", self.host.ok("logs", "--details", "-n", "1", "talk").strip())
        config = self.host.inspect("talk")["HostConfig"]["LogConfig"]
        self.assertEqual({"Type": "json-file", "Config": {"max-size": "1k", "max-file": "3", "compress": "true", "labels": "tier"}},
                         config)
        folder = next((self.host.path(self.host.root) / "containers").glob("*/container.log")).parent
        self.assertEqual(2, len(list(folder.glob("container.log.*.gz"))))
        self.assertEqual(2, len(list(folder.glob("container.log.*"))))

    def test_lines_that_are_events_of_etw_are_kept_besides(self):
        self.assertEqual("hi", self.host.ok("run", "--name", "traced", "--log-driver", "etwlogs", NANO, "cmd", "/c",
                                            "echo hi").strip())
        self.assertEqual("hi", self.host.ok("logs", "traced").strip())
        self.assertEqual("etwlogs", self.host.inspect("traced")["HostConfig"]["LogConfig"]["Type"])

    def test_without_a_driver_nothing_is_kept(self):
        self.assertEqual("hi", self.host.ok("run", "--name", "mute", "--log-driver", "none", NANO, "cmd", "/c",
                                            "echo hi").strip())
        self.assert_refused(self.host.wcow("logs", "mute"), 1, "configured logging driver does not support reading")
        self.assert_refused(self.host.wcow("create", "--log-driver", "syslog", NANO), 1,
                            'error looking up logging plugin syslog: plugin "syslog" not found')
        self.assert_refused(self.host.wcow("create", "--log-opt", "colour=red", NANO), 1,
                            "unknown log opt 'colour' for json-file log driver")
