# SPDX-License-Identifier: MIT
function Get-WcowNetwork {
    <#
    .SYNOPSIS
    Lists networks.
    .DESCRIPTION
    All networks of this host, or those that were named, as objects (Wcow.Network).
    .PARAMETER Network
    Names or ids; wildcards are taken.
    .PARAMETER Filter
    Filters of wcow network ls, as @{ label = "site=a" }.
    .PARAMETER Detailed
    Adds Detail: all that wcow inspect tells.
    .EXAMPLE
    Get-WcowNetwork
    .EXAMPLE
    (Get-WcowNetwork nat -Detailed).Detail
    #>
    [CmdletBinding()]
    [OutputType('Wcow.Network')]
    param(
        [Parameter(Position = 0, ValueFromPipeline = $true, ValueFromPipelineByPropertyName = $true)]
        [Alias('Name', 'Id')]
        [SupportsWildcards()]
        [string[]] $Network = '*',
        [hashtable] $Filter = @{},
        [switch] $Detailed
    )

    begin {
        $names = @()
    }
    process {
        $names += $Network
    }
    end {
        $argument = @(ConvertTo-WcowArgument -Name 'Get-WcowNetwork' -Bound @{}) + '--no-trunc', '--format=json'
        $argument += @(ConvertTo-WcowFilter -Filter $Filter)
        $all = @(Get-WcowObject -Kind Network -Argument $argument -Cmdlet $PSCmdlet)
        $found = @(Select-WcowNamed -Object $all -Name $names -Property Name -Kind network -Cmdlet $PSCmdlet)
        if ($Detailed) {
            Add-WcowDetail -Object $found -Argument 'network', 'inspect' -Detailed -Cmdlet $PSCmdlet -Key Name
        }
        $found
    }
}
