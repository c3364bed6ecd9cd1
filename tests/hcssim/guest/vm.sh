#!/bin/sh
# SPDX-License-Identifier: MIT
# A utility VM: a Wine prefix of its own. Started by hcssim.exe, which cannot wait for a Linux program
# nor read from it, so everything is said by files in the VM's folder.
#
#   vm.sh run TEMPLATE VM BINARIES PORT TOKEN HOSTNAME
#       makes the prefix (file "made"), waits until the service has put the container's files into it
#       (file "filled", which has a line for each further drive: letter, colon, where it leads), then
#       runs the agent
#   vm.sh stop VM    ends everything in it and removes it
#   vm.sh link FOLDER PATH, vm.sh unlink PATH
#       maps a folder of the host to a place in a container's file system
#   vm.sh remove FILE
#       removes a name that Wine does not let go of because another prefix uses the same file; then there is
#       FILE.removed

set -eu
verb=$1

make() {
    template=$1 vm=$2 binaries=$3
    mkdir -p "$vm/dosdevices"
    cp "$template/user.reg" "$template/userdef.reg" "$template/.update-timestamp" "$vm/"
    cp "$vm/../../system.reg" "$vm/" # the host's version of Windows
    cp -al "$template/drive_c" "$vm/drive_c"
    cp --remove-destination "$template"/drive_c/windows/*.ini "$vm/drive_c/windows/"
    ln -s ../drive_c "$vm/dosdevices/c:"
    for program in vmagent conlaunch; do
        cp "$binaries/$program.exe" "$vm/drive_c/windows/system32/"
    done
    : >"$vm/made"
}

run() {
    vm=$2
    make "$1" "$2" "$3"
    shift 3
    tries=0
    while [ ! -e "$vm/filled" ]; do
        [ $((tries += 1)) -lt 6000 ] && [ -d "$vm" ] || exit 1
        sleep 0.01
    done
    while read -r drive target; do
        ln -sn "$target" "$vm/dosdevices/$drive"
    done <"$vm/filled"
    cd "$vm/drive_c"
    WINEPREFIX=$vm
    export WINEPREFIX
    exec wine 'C:\windows\system32\vmagent.exe' "$@"
}

stop() {
    vm=$1
    [ -d "$vm" ] || exit 0
    sockets=/tmp/.wine-$(id -u)/server-$(stat -c '%D' "$vm")-$(printf %x "$(stat -c '%i' "$vm")")
    WINEPREFIX=$vm wineserver -k || :
    WINEPREFIX=$vm wineserver -w || :
    place=$(cat "$vm/wineserver" 2>/dev/null || :)
    case $place in wine-*/*) ;; wine-*) rm -rf "/tmp/$place" ;; esac
    rm -rf "$vm" "$sockets"
}

shift
case $verb in
run)
    mkdir -p "$2"
    exec </dev/null >"$2/log" 2>&1
    run "$@"
    ;;
stop) stop "$@" ;;
link) ln -sn "$1" "$2" >/dev/null 2>&1 ;;
remove) rm -f "$1" >/dev/null 2>&1 && : >"$1.removed" ;;
unlink) [ -L "$1" ] && rm "$1" >/dev/null 2>&1 ;;
esac
