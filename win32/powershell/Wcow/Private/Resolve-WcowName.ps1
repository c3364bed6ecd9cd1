# SPDX-License-Identifier: MIT
# How names of each kind are listed.
$script:Listings = @{
    Container = 'ps', '--all', '--format', '{{.Names}}'
    Image = 'images', '--format', '{{.Repository}}:{{.Tag}}'
    Network = 'network', 'ls', '--format', '{{.Name}}'
    Volume = 'volume', 'ls', '--format', '{{.Name}}'
}

function Test-WcowPattern {
    param([string] $Name)

    [System.Management.Automation.WildcardPattern]::ContainsWildcardCharacters($Name)
}

# Whether a pattern fits a name, in the case in which it is written: wcow tells "Web" and "web" apart, but for networks,
# whose names are those of Windows.
function New-WcowPattern {
    [Diagnostics.CodeAnalysis.SuppressMessageAttribute('PSUseShouldProcessForStateChangingFunctions', '', Justification = 'makes a value')]
    param([string] $Kind, [string] $Name)

    $option = if ($Kind -eq 'Network') { 'IgnoreCase' } else { 'None' }
    New-Object System.Management.Automation.WildcardPattern $Name, $option
}

# Names as they are; a pattern becomes the names that it fits, which may be none.
function Resolve-WcowName {
    param([string] $Kind, [string[]] $Name, [System.Management.Automation.PSCmdlet] $Cmdlet)

    foreach ($each in $Name) {
        if (Test-WcowPattern $each) {
            $pattern = New-WcowPattern -Kind $Kind -Name $each
            Invoke-WcowTool -Argument $script:Listings[$Kind] -Cmdlet $Cmdlet -Target $each |
                Where-Object { $pattern.IsMatch($_) -and $_ -notlike '*<none>*' }
        } else {
            $each
        }
    }
}

# Of objects those that have one name, in the order in which wcow itself takes it: the whole name or id, else the
# beginning of an id. The ids of what is found are the same: several rows of an image, or there is an error.
function Find-WcowNamed {
    param([object[]] $Object, [string] $Name, [string] $Property, [string] $Kind)

    $comparison = if ($Kind -eq 'Network') { 'OrdinalIgnoreCase' } else { 'Ordinal' }
    $found = @($Object | Where-Object { [string]::Equals($_.$Property, $Name, $comparison) })
    if ($found) {
        return $found
    }
    $id = $Name -creplace '^sha256:'
    $Object | Where-Object {
        $id -and $_.PSObject.Properties['Id'] -and ($_.Id -creplace '^sha256:').StartsWith($id, $comparison)
    }
}

# Of objects those that were named; a name that nothing has is an error, a pattern that nothing fits is not.
function Select-WcowNamed {
    param([object[]] $Object, [string[]] $Name, [string] $Property, [string] $Kind, [System.Management.Automation.PSCmdlet] $Cmdlet)

    foreach ($each in $Name) {
        if (Test-WcowPattern $each) {
            $pattern = New-WcowPattern -Kind $Kind -Name $each
            $Object | Where-Object { $pattern.IsMatch($_.$Property) }
            continue
        }
        $found = @(Find-WcowNamed -Object $Object -Name $each -Property $Property -Kind $Kind)
        $failure = if (-not $found) {
            @{
                error = "no such ${Kind}: $each"; status = 'not found'; hresult = ''; events = ''
                hint = "Get-Wcow$((Get-Culture).TextInfo.ToTitleCase($Kind)) lists them"
            }
        } elseif ($found.Count -gt 1 -and @($found.Id | Sort-Object -Unique).Count -gt 1) {
            @{ error = "multiple IDs found with provided prefix: $each"; status = 'conflict'; hresult = ''; events = ''; hint = 'write more of the id' }
        }
        if ($failure) {
            $Cmdlet.WriteError((ConvertTo-WcowErrorRecord -Failure ([pscustomobject] $failure) -Target $each))
        } else {
            $found
        }
    }
}
