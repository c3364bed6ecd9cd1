# SPDX-License-Identifier: MIT
# Options of wcow.exe for the parameters that a cmdlet was given: Commands.psd1 says which parameter is which option,
# the type of the value how it is written.
function ConvertTo-WcowArgument {
    param([Parameter(Mandatory = $true)] [string] $Name, [Parameter(Mandatory = $true)] [System.Collections.IDictionary] $Bound)

    $command = $script:Commands.Cmdlets[$Name]
    $command.Command -split ' '
    if (-not $command.ContainsKey('Options')) {
        return
    }
    foreach ($parameter in $command.Options.Keys | Sort-Object) {
        if (-not $Bound.ContainsKey($parameter)) {
            continue
        }
        $option = '--' + $command.Options[$parameter]
        foreach ($text in ConvertTo-WcowText -Value $Bound[$parameter]) {
            "$option=$text"
        }
    }
}

# Numbers and dates are written as wcow reads them, not as the user's culture has them.
function ConvertTo-WcowText {
    param($Value)

    $invariant = [System.Globalization.CultureInfo]::InvariantCulture
    if ($Value -is [System.Management.Automation.SwitchParameter] -or $Value -is [bool]) {
        "$([bool] $Value)".ToLowerInvariant()
    } elseif ($Value -is [timespan]) {
        $Value.TotalSeconds.ToString('0.###', $invariant) + 's'
    } elseif ($Value -is [datetime]) {
        $Value.ToUniversalTime().ToString("yyyy-MM-dd'T'HH:mm:ss.fffffff'Z'", $invariant)
    } elseif ($Value -is [System.Collections.IDictionary]) {
        foreach ($key in $Value.Keys | Sort-Object) {
            # 0, $false and '' are values, too.
            if ($null -eq $Value[$key]) { "$key" } else { "$key=$(@(ConvertTo-WcowText -Value $Value[$key]) -join ' ')" }
        }
    } elseif ($Value -is [System.Collections.IEnumerable] -and $Value -isnot [string]) {
        foreach ($each in $Value) {
            ConvertTo-WcowText -Value $each
        }
    } else {
        [System.Convert]::ToString($Value, $invariant)
    }
}

# Filters, of which each value is one. A value that is nothing or empty is for wcow to judge: left out, it would make all
# things of those that were looked for.
function ConvertTo-WcowFilter {
    param([Parameter(Mandatory = $true)] [System.Collections.IDictionary] $Filter)

    foreach ($key in $Filter.Keys | Sort-Object) {
        foreach ($value in @($Filter[$key])) {
            "--filter=$key=$(ConvertTo-WcowText -Value $value)"
        }
    }
}
