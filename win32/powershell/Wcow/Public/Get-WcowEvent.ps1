# SPDX-License-Identifier: MIT
function Get-WcowEvent {
    <#
    .SYNOPSIS
    Lists what has happened on this host.
    .DESCRIPTION
    What happened to containers, images, networks and volumes, as objects; without -Since, of the last hour.
    .PARAMETER Since
    From when on.
    .PARAMETER Until
    Until when: now.
    .PARAMETER Filter
    Filters of wcow events, as @{ type = "container"; event = "die" }.
    .EXAMPLE
    Get-WcowEvent -Since (Get-Date).AddDays(-1) -Filter @{ event = 'die' }
    #>
    [CmdletBinding()]
    [OutputType('Wcow.Event')]
    param(
        [Nullable[datetime]] $Since,
        [Nullable[datetime]] $Until,
        [hashtable] $Filter = @{}
    )

    $when = @{
        Since = if ($Since) { $Since } else { (Get-Date).AddHours(-1) }
        Until = if ($Until) { $Until } else { Get-Date }
    }
    $argument = @(ConvertTo-WcowArgument -Name 'Get-WcowEvent' -Bound $when) + '--format=json'
    $argument += @(ConvertTo-WcowFilter -Filter $Filter)
    Get-WcowObject -Kind Event -Argument $argument -Cmdlet $PSCmdlet
}
