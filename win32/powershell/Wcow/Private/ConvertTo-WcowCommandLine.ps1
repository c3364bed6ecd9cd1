# SPDX-License-Identifier: MIT
# Joins arguments as programs for Windows take them apart again (CommandLineToArgvW): backslashes count only before a
# quote. ProcessStartInfo has a list of arguments only in newer .NET, so 5.1 needs this, and both do the same.
function ConvertTo-WcowCommandLine {
    param([AllowEmptyString()][AllowEmptyCollection()][string[]] $Argument)

    $quoted = foreach ($each in $Argument) {
        if ($each -and $each -notmatch '[\s"]') {
            $each
        } else {
            '"' + ($each -replace '(\\*)"', '$1$1\"' -replace '(\\+)$', '$1$1') + '"'
        }
    }
    @($quoted) -join ' '
}
