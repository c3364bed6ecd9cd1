# SPDX-License-Identifier: MIT
# Types of what wcow.exe writes as text.

# A moment, in local time. PowerShell 7 has made a DateTime of it already, 5.1 has not; the year 1 is "never".
function ConvertFrom-WcowDate {
    param($Value)

    if ($Value -is [string]) {
        if (-not $Value -or $Value -eq 'N/A') {
            return
        }
        $styles = [System.Globalization.DateTimeStyles]::AssumeUniversal
        $text = $Value -replace ' \+0000 UTC$', 'Z' -replace '(\.\d{7})\d+', '$1'
        $found = [datetime]::MinValue
        if (-not [datetime]::TryParse($text, [System.Globalization.CultureInfo]::InvariantCulture, $styles, [ref] $found)) {
            return
        }
        $Value = $found
    }
    if ($Value -is [datetime] -and $Value.Year -gt 1) {
        $Value.ToLocalTime()
    }
}

# Bytes, as --human=false has them; "1.09kB", "2.359MiB": as exactly as they were written. "1000 (33%)": without the rest.
function ConvertFrom-WcowSize {
    param([string] $Text)

    if ($Text -match '^\d+(?= \(|$)') {
        [int64] $Matches[0]
    } elseif ($Text -match '^([\d.]+(?:e[+-]?\d+)?)\s*([kKMGTPE]?)(i?)B') {
        $number = [double]::Parse($Matches[1], [System.Globalization.CultureInfo]::InvariantCulture)
        $power = ' KMGTPE'.IndexOf($Matches[2].ToUpperInvariant().PadLeft(1))
        $base = if ($Matches[3]) { 1024 } else { 1000 }
        [int64] [Math]::Round($number * [Math]::Pow($base, $power))
    }
}

# "a=1,b=2": a table. A comma in a value cannot be told from one between two labels; -Detailed has them apart.
function ConvertFrom-WcowLabel {
    param([string] $Text)

    $labels = @{}
    foreach ($each in $Text -split ',' | Where-Object { $_ }) {
        $key, $value = $each -split '=', 2
        $labels[$key] = "$value"
    }
    $labels
}

# "0.0.0.0:8080->80/tcp, 0.0.0.0:90-91->90-91/tcp, 443/tcp": one object a port.
function ConvertFrom-WcowPort {
    param([string] $Text)

    foreach ($each in $Text -split ', ' | Where-Object { $_ }) {
        if ($each -notmatch '^(?:(?<ip>.*):(?<from>\d+)(?:-\d+)?->)?(?<port>\d+)(?:-(?<last>\d+))?/(?<protocol>\w+)$') {
            continue
        }
        $found = $Matches
        $last = if ($found.ContainsKey('last')) { [int] $found.last } else { [int] $found.port }
        for ($port = [int] $found.port; $port -le $last; $port++) {
            [pscustomobject] @{
                PSTypeName = 'Wcow.Port'
                ContainerPort = $port
                Protocol = $found.protocol
                HostIP = if ($found.ContainsKey('ip')) { $found.ip }
                HostPort = if ($found.ContainsKey('from')) { [int] $found.from + $port - [int] $found.port }
            }
        }
    }
}
