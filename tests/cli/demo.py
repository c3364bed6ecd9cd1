#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The walk-through, printed step by step. Ends with exit code 1 when a step does not show what it should."""

import signal
import socket
import subprocess
import sys
import time
import urllib.request

from wcowtest.host import TOP, Host, archive
from wcowtest.registry import Registry
from wcowtest.terminal import Terminal

MICROSOFT = "mcr.microsoft.com"
SERVERCORE = f"{MICROSOFT}/windows/servercore:ltsc2022"
NANOSERVER = f"{MICROSOFT}/windows/nanoserver:ltsc2022"


def say(text):
    print(f"\n\033[1m# {text}\033[0m" if sys.stdout.isatty() else f"\n# {text}", flush=True)


def show(host, *arguments):
    """Types a wcow command and prints what it prints."""
    words = (f'"{word}"' if " " in word else word for word in arguments)
    print("PS C:\\> wcow " + " ".join(words), flush=True)
    output = host.ok(*arguments)
    if output:
        print(output, flush=True)
    return output


def check(condition, failure):
    if not condition:
        sys.exit(f"demo: {failure}")


def host_processes(host, *names):
    print("PS C:\\> Get-Process   (the host's own list, shortened)")
    rows = {pid: name for pid, name in host.tasks().items() if name in names}
    for pid, name in rows.items():
        print(f"{pid:>8}  {name}")
    return rows


def pid_in_top(output, name):
    for line in output.splitlines():
        words = line.split()
        if words and words[0] == name:
            return int(words[1])
    return None


def interactive_shell(host):
    say("An interactive shell in a Hyper-V container, typed into through a terminal")
    arguments = ["run", "-it", "--isolation=hyperv", NANOSERVER, "cmd"]
    print("PS C:\\> wcow " + " ".join(arguments), flush=True)
    with Terminal(host.command(*arguments), host.process_environment()) as terminal:
        terminal.expect(r">\s*$")
        terminal.type("echo Hello from %COMPUTERNAME%\r")
        terminal.expect(r"Hello from (?!%)\w+")
        terminal.type("exit 3\r")
        code = terminal.wait()
        print(terminal.text.replace("\r", "").strip())
    print(f"(exit code {code})")
    check(code == 3, f"the shell's exit code 3 came back as {code}")


def process_isolation(host):
    say("Process isolation: the host sees the container's process, with the same pid")
    container = show(host, "run", "-d", SERVERCORE, "ping", "localhost", "-t")
    pid = pid_in_top(show(host, "top", container[:12]), "ping.exe")
    rows = host_processes(host, "ping.exe")
    check(rows.get(pid) == "ping.exe", f"the host does not see ping with pid {pid}")
    return container


def hyperv_isolation(host, host_pings):
    say("Hyper-V isolation: the host does not see it; it sees the utility VM's worker process")
    container = show(host, "run", "-d", "--isolation=hyperv", NANOSERVER, "ping", "-t", "localhost")
    pid = pid_in_top(show(host, "top", container[:12]), "ping.exe")
    check(pid is not None, "top does not show the ping inside the VM")
    rows = host_processes(host, "ping.exe", "vmwp.exe")
    check(list(rows.values()).count("ping.exe") == host_pings, "the host sees the VM's ping")
    check("vmwp.exe" in rows.values(), "the host does not see a vmwp.exe")
    return container


def pull_images(host, registry):
    say("Images, from a registry: here one on this machine that stands in for Microsoft's")
    for name, image in (("windowsservercore", SERVERCORE), ("nanoserver", NANOSERVER)):
        here = image.replace(MICROSOFT, registry.host)
        registry.put(archive(name), image.removeprefix(f"{MICROSOFT}/"))
        show(host, "pull", here)
        show(host, "tag", here, image)
        show(host, "rmi", here)
    show(host, "images")


def own_image(host, registry):
    say("An image of one's own: changed in a container, committed, pushed, saved, pulled and loaded")
    show(host, "run", "--name", "build", SERVERCORE, "cmd", "/c", "echo It works. > hello.txt")
    show(host, "commit", "-c", "CMD type hello.txt", "build", "hello:1")
    name = f"{registry.host}/hello:1"
    show(host, "tag", "hello:1", name)
    show(host, "push", "-q", name)
    show(host, "save", "-o", r"C:\hello.tar", "hello:1")
    show(host, "rmi", "hello:1", name)
    for again in (("pull", "-q", name), ("load", "-i", r"C:\hello.tar")):
        show(host, *again)
        check("It works." in show(host, "run", "--rm", name if again[0] == "pull" else "hello:1"),
              f"{again[0]} did not bring the image back")
    show(host, "rm", "build")
    show(host, "rmi", "hello:1", name)


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def until(look, failure):
    """What `look` gives, when it gives something: within 20 s."""
    end = time.monotonic() + 20
    while time.monotonic() < end:
        try:
            found = look()
        except OSError:
            found = None
        if found:
            return found
        time.sleep(0.2)
    return check(False, failure)


def fetch(port):
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=5) as page:
        return page.read().decode()


def operating(host):
    """What is on the host's ports, in volumes and within limits, and what comes back by itself."""
    say("A published page, a limit, a volume that survives its container, and a restart")
    outer, inner = free_port(), free_port()  # the simulated host and its containers share one network
    show(host, "run", "-d", "--name", "site", "-p", f"{outer}:{inner}", "-m", "300m", "-v", r"data:C:\data", SERVERCORE,
         "web", str(inner), "A page from a container")
    print(f"PS C:\\> (Invoke-WebRequest http://127.0.0.1:{outer}/).Content")
    page = until(lambda: fetch(outer), "the published page does not come")
    print(page)
    check("A page from a container" in page, "another page came")
    show(host, "exec", "site", "cmd", "/c", r"echo kept> data\note.txt")
    check("B" in show(host, "stats", "--no-stream", "--format", "{{.Name}} {{.CPUPerc}} {{.MemUsage}}", "site"),
          "stats tell no memory")
    check(show(host, "inspect", "--format", "{{.HostConfig.Memory}}", "site").strip() == "314572800",
          "the limit is not the container's")
    show(host, "rm", "-f", "site")
    check("kept" in show(host, "run", "--rm", "-v", r"data:C:\data", SERVERCORE, "cmd", "/c", r"type data\note.txt"),
          "the volume has not kept its file")
    show(host, "volume", "rm", "data")
    show(host, "run", "-d", "--name", "again", "--restart", "on-failure:1", NANOSERVER, "cmd", "/c", "exit 1")
    facts = "{{.RestartCount}} {{.State.Status}}"
    until(lambda: host.ok("inspect", "--format", facts, "again").strip() == "1 exited", "it was not started again")
    show(host, "inspect", "--format", facts, "again")
    show(host, "rm", "again")


def powershell():
    """The package, its installer and the module, in the real PowerShell for Windows on a host of its own."""
    say("Install the package, script with the module, uninstall: in PowerShell")
    runner = TOP / "tests" / "powershell" / "run"
    code = subprocess.run([runner, "--script", "demo.ps1"], check=False, stdin=subprocess.DEVNULL).returncode
    check(code in (0, 77), f"the PowerShell part ended with {code}")


def main():
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("demo: ended"))  # through each __exit__
    with Registry() as registry, Host(name="demo") as host:
        pull_images(host, registry)
        own_image(host, registry)
        operating(host)
        interactive_shell(host)
        first = process_isolation(host)
        second = hyperv_isolation(host, 1)
        say("Stop, remove, nothing left")
        show(host, "ps")
        show(host, "stop", "-t", "2", first[:12], second[:12])
        shell = host.ok("ps", "-aq", "--filter", "status=exited").split()
        show(host, "rm", *shell)
        show(host, "ps", "-a")
        left = host.leftovers()
        check(not left, f"left on the host: {left}")
        print("\nNothing is left: no compute system, layer, endpoint or process.")
    powershell()


if __name__ == "__main__":
    main()
