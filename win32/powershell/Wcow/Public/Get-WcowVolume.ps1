# SPDX-License-Identifier: MIT
function Get-WcowVolume {
    <#
    .SYNOPSIS
    Lists volumes.
    .DESCRIPTION
    All volumes of this host, or those that were named, as objects (Wcow.Volume).
    .PARAMETER Volume
    Names; wildcards are taken.
    .PARAMETER Filter
    Filters of wcow volume ls, as @{ label = "site=a" }.
    .PARAMETER Detailed
    Adds Detail: all that wcow inspect tells.
    .EXAMPLE
    Get-WcowVolume
    .EXAMPLE
    (Get-WcowVolume data -Detailed).Detail
    #>
    [CmdletBinding()]
    [OutputType('Wcow.Volume')]
    param(
        [Parameter(Position = 0, ValueFromPipeline = $true, ValueFromPipelineByPropertyName = $true)]
        [Alias('Name')]
        [SupportsWildcards()]
        [string[]] $Volume = '*',
        [hashtable] $Filter = @{},
        [switch] $Detailed
    )

    begin {
        $names = @()
    }
    process {
        $names += $Volume
    }
    end {
        $argument = @(ConvertTo-WcowArgument -Name 'Get-WcowVolume' -Bound @{}) + '--format=json'
        $argument += @(ConvertTo-WcowFilter -Filter $Filter)
        $all = @(Get-WcowObject -Kind Volume -Argument $argument -Cmdlet $PSCmdlet)
        $found = @(Select-WcowNamed -Object $all -Name $names -Property Name -Kind volume -Cmdlet $PSCmdlet)
        if ($Detailed) {
            Add-WcowDetail -Object $found -Argument 'volume', 'inspect' -Detailed -Cmdlet $PSCmdlet -Key Name
        }
        $found
    }
}
