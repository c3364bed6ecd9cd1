# SPDX-License-Identifier: MIT
function Update-WcowContainer {
    <#
    .SYNOPSIS
    Changes limits and the restart policy of containers.
    .DESCRIPTION
    What is not named stays as it is; a limit of 0 takes it away. All of it counts from the next start on; of a
    running container with process isolation Windows can change memory and processors at once.
    .PARAMETER Container
    Names or ids of containers, or objects of Get-WcowContainer; wildcards are taken.
    .PARAMETER Memory
    Bytes of memory, as 512MB.
    .PARAMETER Cpus
    Number of processors, as 1.5.
    .PARAMETER CpuCount
    Number of processors, whole ones.
    .PARAMETER CpuPercent
    Percent of all processors.
    .PARAMETER CpuShares
    Weight against other containers: 1 to 10000.
    .PARAMETER IoMaxBandwidth
    Bytes a second of the system drive.
    .PARAMETER IoMaxIops
    Operations a second of the system drive.
    .PARAMETER Restart
    no, always, unless-stopped or on-failure[:n].
    .PARAMETER PassThru
    The containers come out, as they are afterwards.
    .EXAMPLE
    Update-WcowContainer web -Memory 2GB -Restart always
    .EXAMPLE
    Get-WcowContainer web* | Update-WcowContainer -Cpus 1.5
    #>
    [CmdletBinding(SupportsShouldProcess = $true)]
    [OutputType('Wcow.Container')]
    param(
        [Parameter(Mandatory = $true, Position = 0, ValueFromPipeline = $true, ValueFromPipelineByPropertyName = $true)]
        [Alias('Id', 'Name')]
        [SupportsWildcards()]
        [string[]] $Container,
        [int64] $Memory,
        [double] $Cpus,
        [int] $CpuCount,
        [int] $CpuPercent,
        [int] $CpuShares,
        [int64] $IoMaxBandwidth,
        [int64] $IoMaxIops,
        [string] $Restart,
        [switch] $PassThru
    )

    process {
        Invoke-WcowOnEach -Cmdlet $PSCmdlet -Bound $PSBoundParameters -Kind Container -Name $Container -Action 'Update container' -PassThru:$PassThru
    }
}
