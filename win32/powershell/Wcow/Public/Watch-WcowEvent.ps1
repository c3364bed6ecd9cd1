# SPDX-License-Identifier: MIT
function Watch-WcowEvent {
    <#
    .SYNOPSIS
    Tells what happens on this host, as it happens.
    .DESCRIPTION
    What happens to containers, images, networks and volumes from now on, or from -Since on, as objects, until
    Ctrl-C or -Until.
    .PARAMETER Since
    Also what has happened since then.
    .PARAMETER Until
    Ends then.
    .PARAMETER Filter
    Filters of wcow events, as @{ container = "web" }.
    .EXAMPLE
    Watch-WcowEvent -Filter @{ event = 'die' } | ForEach-Object { Start-WcowContainer $_.Name }
    #>
    [CmdletBinding()]
    [OutputType('Wcow.Event')]
    param(
        [datetime] $Since,
        [datetime] $Until,
        [hashtable] $Filter = @{}
    )

    $argument = @(ConvertTo-WcowArgument -Name 'Watch-WcowEvent' -Bound $PSBoundParameters) + '--format=json'
    $argument += @(ConvertTo-WcowFilter -Filter $Filter)
    Get-WcowObject -Kind Event -Argument $argument -Cmdlet $PSCmdlet
}
