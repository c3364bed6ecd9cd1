# SPDX-License-Identifier: MIT
# {Repository, Tag, Digest} of an image's name, as lists have them: names of Docker's registry without it.
function ConvertFrom-WcowReference {
    param([string] $Name)

    $familiar = $Name -creplace '^(?:index\.)?docker\.io/' -creplace '^library/(?=[^/]+$)'
    $rest, $digest = $familiar -split '@', 2
    $tag = if ($rest -cmatch ':([^/:]+)$') { $Matches[1] }
    [pscustomobject] @{ Repository = $rest -creplace ':[^/:]+$'; Tag = $tag; Digest = $digest }
}

# Of the rows of images those that were named. A name without a tag stands for all of its tags, as where images are
# removed; a digest for that of a pull.
function Select-WcowImage {
    param([object[]] $Object, [string[]] $Name, [System.Management.Automation.PSCmdlet] $Cmdlet)

    foreach ($each in $Name) {
        $named = ConvertFrom-WcowReference $each
        $found = @(if ($named.Digest) {
                $Object | Where-Object { $_.Repository -ceq $named.Repository -and $_.Digest -ceq $named.Digest }
            } elseif ($named.Tag) {
                $Object | Where-Object { $_.Reference -ceq "$($named.Repository):$($named.Tag)" }
            } else {
                $Object | Where-Object { $_.Repository -ceq $named.Repository }
            })
        if (-not $found) {
            $found = @(Select-WcowNamed -Object $Object -Name $each -Property Reference -Kind image -Cmdlet $Cmdlet)
        }
        $found
    }
}

# The image that a command has just made, fetched or named: wcow itself tells which one has that name, and the row is the
# one with the name.
function Get-WcowNewImage {
    param([string] $Name, [System.Management.Automation.PSCmdlet] $Cmdlet)

    $id = @(Invoke-WcowTool -Argument 'image', 'inspect', '--format={{.Id}}', $Name -Cmdlet $Cmdlet -Target $Name)
    if (-not $id) {
        return
    }
    $rows = @(Get-WcowImage $id[0])
    $named = ConvertFrom-WcowReference $Name
    $tag = if ($named.Tag) { $named.Tag } else { 'latest' }
    $found = @($rows | Where-Object { $_.Repository -ceq $named.Repository -and ($named.Digest -or $_.Tag -ceq $tag) })
    $found + $rows | Select-Object -First 1
}
