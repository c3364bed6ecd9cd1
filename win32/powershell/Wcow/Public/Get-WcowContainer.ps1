# SPDX-License-Identifier: MIT
function Get-WcowContainer {
    <#
    .SYNOPSIS
    Lists containers.
    .DESCRIPTION
    All containers of this host, or those that were named, as objects (Wcow.Container), running or not, by one start
    of wcow.exe.
    .PARAMETER Container
    Names, ids or their beginnings; wildcards are taken.
    .PARAMETER Status
    created, running, paused, exited or dead.
    .PARAMETER Image
    Only those of this image.
    .PARAMETER Label
    Only those with these labels, as key or key=value.
    .PARAMETER Network
    Only those on these networks.
    .PARAMETER Filter
    Any other filter of wcow ps, as @{ health = "unhealthy" }.
    .PARAMETER Size
    Adds SizeRw and SizeRootFs, in bytes.
    .PARAMETER Detailed
    Adds Detail: all that wcow inspect tells.
    .EXAMPLE
    Get-WcowContainer
    .EXAMPLE
    Get-WcowContainer -Status exited | Where-Object ExitCode -ne 0
    .EXAMPLE
    (Get-WcowContainer web).Ports

    The ports of one, as objects.
    .EXAMPLE
    Get-WcowContainer | Group-Object Image -NoElement
    #>
    [CmdletBinding()]
    [OutputType('Wcow.Container')]
    param(
        [Parameter(Position = 0, ValueFromPipeline = $true, ValueFromPipelineByPropertyName = $true)]
        [Alias('Id', 'Name')]
        [SupportsWildcards()]
        [string[]] $Container = '*',
        [string[]] $Status,
        [string[]] $Image,
        [string[]] $Label,
        [string[]] $Network,
        [hashtable] $Filter = @{},
        [switch] $Size,
        [switch] $Detailed
    )

    begin {
        $names = @()
    }
    process {
        $names += $Container
    }
    end {
        $argument = @(ConvertTo-WcowArgument -Name 'Get-WcowContainer' -Bound @{}) + '--all', '--no-trunc', '--format=json'
        $own = @{}
        foreach ($pair in @(('Status', 'status'), ('Image', 'ancestor'), ('Label', 'label'), ('Network', 'network'))) {
            if ($PSBoundParameters.ContainsKey($pair[0])) {
                $own[$pair[1]] = $PSBoundParameters[$pair[0]]
            }
        }
        $argument += @(ConvertTo-WcowFilter -Filter $own) + @(ConvertTo-WcowFilter -Filter $Filter)
        $all = @(Get-WcowObject -Kind Container -Argument $argument -Cmdlet $PSCmdlet)
        $found = @(Select-WcowNamed -Object $all -Name $names -Property Name -Kind container -Cmdlet $PSCmdlet)
        if ($Size -or $Detailed) {
            Add-WcowDetail -Object $found -Argument 'container', 'inspect', '--size' -Detailed:$Detailed -Cmdlet $PSCmdlet -Member SizeRw, SizeRootFs
        }
        $found
    }
}
