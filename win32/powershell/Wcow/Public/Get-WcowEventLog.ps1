# SPDX-License-Identifier: MIT
function Get-WcowEventLog {
    <#
    .SYNOPSIS
    Shows what Windows' event log says of containers.
    .DESCRIPTION
    What the Host Compute Service wrote, and wcow's own entries: containers that could not be started, monitors that
    died. Without -Since, of the last day.
    .PARAMETER Container
    Of one container: its name or id; it may be gone.
    .PARAMETER Since
    From when on.
    .PARAMETER Tail
    Only so many entries, the last ones.
    .EXAMPLE
    Get-WcowEventLog web -Tail 5
    #>
    [CmdletBinding()]
    param(
        [Parameter(Position = 0, ValueFromPipeline = $true, ValueFromPipelineByPropertyName = $true)]
        [Alias('Id', 'Name')]
        [string] $Container,
        [datetime] $Since,
        [int] $Tail
    )

    process {
        $argument = @(ConvertTo-WcowArgument -Name 'Get-WcowEventLog' -Bound $PSBoundParameters) + '--format=json'
        Invoke-WcowTool -Argument ($argument + @($Container | Where-Object { $_ })) -Cmdlet $PSCmdlet -Target $Container |
            ForEach-Object { ConvertFrom-Json -InputObject $_ }
    }
}
