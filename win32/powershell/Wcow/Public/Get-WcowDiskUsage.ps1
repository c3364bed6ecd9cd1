# SPDX-License-Identifier: MIT
function Get-WcowDiskUsage {
    <#
    .SYNOPSIS
    Tells what wcow keeps on the disk.
    .DESCRIPTION
    How much images, containers and volumes take, and how much of it Clear-Wcow would give back.
    .EXAMPLE
    Get-WcowDiskUsage | Format-Table
    #>
    [CmdletBinding()]
    [OutputType('Wcow.DiskUsage')]
    param()

    Get-WcowObject -Kind DiskUsage -Argument 'system', 'df', '--human=false', '--format=json' -Cmdlet $PSCmdlet
}
