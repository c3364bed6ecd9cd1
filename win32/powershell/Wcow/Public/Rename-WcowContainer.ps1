# SPDX-License-Identifier: MIT
function Rename-WcowContainer {
    <#
    .SYNOPSIS
    Gives a container another name.
    .DESCRIPTION
    The container may run.
    .PARAMETER Container
    Its name or id, or an object of Get-WcowContainer.
    .PARAMETER NewName
    What it is to be called.
    .PARAMETER PassThru
    The container comes out, with its new name.
    .EXAMPLE
    Rename-WcowContainer web web-old
    #>
    [CmdletBinding(SupportsShouldProcess = $true)]
    [OutputType('Wcow.Container')]
    param(
        [Parameter(Mandatory = $true, Position = 0, ValueFromPipeline = $true, ValueFromPipelineByPropertyName = $true)]
        [Alias('Id', 'Name')]
        [string] $Container,
        [Parameter(Mandatory = $true, Position = 1)]
        [string] $NewName,
        [switch] $PassThru
    )

    process {
        if ($PSCmdlet.ShouldProcess($Container, "Rename to $NewName")) {
            Invoke-WcowTool -Argument 'rename', $Container, $NewName -Cmdlet $PSCmdlet -Target $Container
            if ($PassThru -and -not $script:ExitCode) {
                Get-WcowContainer $NewName
            }
        }
    }
}
