# SPDX-License-Identifier: MIT
function Get-WcowLayer {
    <#
    .SYNOPSIS
    Lists the layers of images.
    .DESCRIPTION
    The layers on the disk, and how many images and containers use each.
    .EXAMPLE
    Get-WcowLayer | Format-Table
    #>
    [CmdletBinding()]
    [OutputType('Wcow.Layer')]
    param()

    Get-WcowObject -Kind Layer -Argument 'layer', 'ls', '--human=false', '--no-trunc', '--format=json' -Cmdlet $PSCmdlet
}
