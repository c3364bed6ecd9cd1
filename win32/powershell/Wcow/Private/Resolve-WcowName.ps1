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

# Names as they are; a pattern becomes the names that it fits, which may be none.
function Resolve-WcowName {
    param([string] $Kind, [string[]] $Name, [System.Management.Automation.PSCmdlet] $Cmdlet)

    foreach ($each in $Name) {
        if (Test-WcowPattern $each) {
            Invoke-WcowTool -Argument $script:Listings[$Kind] -Cmdlet $Cmdlet -Target $each |
                Where-Object { $_ -like $each -and $_ -notlike '*<none>*' }
        } else {
            $each
        }
    }
}

# Of objects those that were named by one of their properties, or by the beginning of their id, as wcow itself takes
# names; a name that nothing has is an error, a pattern that nothing fits is not.
function Select-WcowNamed {
    param([object[]] $Object, [string[]] $Name, [string] $Property, [string] $Kind, [System.Management.Automation.PSCmdlet] $Cmdlet)

    foreach ($each in $Name) {
        $pattern = Test-WcowPattern $each
        $found = @($Object | Where-Object {
                $_.$Property -eq $each -or ($pattern -and $_.$Property -like $each) -or
                (-not $pattern -and $_.PSObject.Properties['Id'] -and $each.Length -ge 4 -and
                ($_.Id -replace '^sha256:').StartsWith(($each -replace '^sha256:'), 'OrdinalIgnoreCase'))
            })
        if (-not $found -and -not $pattern) {
            $failure = [pscustomobject] @{
                error = "no such ${Kind}: $each"; status = 'not found'; hresult = ''; events = ''
                hint = "Get-Wcow$((Get-Culture).TextInfo.ToTitleCase($Kind)) lists them"
            }
            $Cmdlet.WriteError((ConvertTo-WcowErrorRecord -Failure $failure -Target $each))
        }
        $found
    }
}
