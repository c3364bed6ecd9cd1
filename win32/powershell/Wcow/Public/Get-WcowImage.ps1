# SPDX-License-Identifier: MIT
function Get-WcowImage {
    <#
    .SYNOPSIS
    Lists images.
    .DESCRIPTION
    All images of this host, or those that were named, as objects (Wcow.Image), one for each of their names.
    .PARAMETER Image
    Names as web:1 or web, ids or their beginnings; wildcards are taken.
    .PARAMETER Dangling
    Only those without a name.
    .PARAMETER Label
    Only those with these labels.
    .PARAMETER Filter
    Any other filter of wcow images.
    .PARAMETER Detailed
    Adds Detail: all that wcow inspect tells.
    .EXAMPLE
    Get-WcowImage
    .EXAMPLE
    Get-WcowImage mcr.microsoft.com/* | Sort-Object Size -Descending
    #>
    [CmdletBinding()]
    [OutputType('Wcow.Image')]
    param(
        [Parameter(Position = 0, ValueFromPipeline = $true, ValueFromPipelineByPropertyName = $true)]
        [Alias('Reference')]
        [SupportsWildcards()]
        [string[]] $Image = '*',
        [switch] $Dangling,
        [string[]] $Label,
        [hashtable] $Filter = @{},
        [switch] $Detailed
    )

    begin {
        $names = @()
    }
    process {
        $names += $Image
    }
    end {
        $argument = @(ConvertTo-WcowArgument -Name 'Get-WcowImage' -Bound @{}) + '--digests', '--no-trunc', '--format=json'
        $filters = @{ dangling = if ($Dangling) { 'true' }; label = $Label }
        foreach ($key in @($filters.Keys) + @($Filter.Keys)) {
            $argument += foreach ($value in @($filters[$key]) + @($Filter[$key]) | Where-Object { $_ }) { "--filter=$key=$value" }
        }
        $all = @(Get-WcowObject -Kind Image -Argument $argument -Cmdlet $PSCmdlet)
        # A name without a tag stands for all of its tags, as where images are removed.
        $found = @($all | Where-Object { $names -contains $_.Repository })
        $others = @($names | Where-Object { $name = $_; -not @($found | Where-Object { $_.Repository -eq $name }) })
        if ($others) {
            $found += @(Select-WcowNamed -Object $all -Name $others -Property Reference -Kind image -Cmdlet $PSCmdlet)
        }
        Add-WcowDetail -Object $found -Argument 'image', 'inspect' -Detailed:$Detailed -Cmdlet $PSCmdlet -Member Size, Os, OsVersion, Architecture
        $found
    }
}
