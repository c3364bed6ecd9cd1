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
        $own = @{}
        if ($Dangling) {
            $own['dangling'] = $true
        }
        if ($PSBoundParameters.ContainsKey('Label')) {
            $own['label'] = $Label
        }
        $argument += @(ConvertTo-WcowFilter -Filter $own) + @(ConvertTo-WcowFilter -Filter $Filter)
        $all = @(Get-WcowObject -Kind Image -Argument $argument -Cmdlet $PSCmdlet)
        $found = @(Select-WcowImage -Object $all -Name $names -Cmdlet $PSCmdlet)
        Add-WcowDetail -Object $found -Argument 'image', 'inspect' -Detailed:$Detailed -Cmdlet $PSCmdlet -Member Size, Os, OsVersion, Architecture
        $found
    }
}
