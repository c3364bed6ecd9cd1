# SPDX-License-Identifier: MIT
function Export-WcowContainer {
    <#
    .SYNOPSIS
    Writes a container's file system into an archive.
    .DESCRIPTION
    The container must not run. New-WcowImage makes an image of the archive, whose file comes out.
    .PARAMETER Container
    Its name or id, or an object of Get-WcowContainer.
    .PARAMETER Path
    The archive.
    .EXAMPLE
    Export-WcowContainer build -Path C:\build.tar
    #>
    [CmdletBinding(SupportsShouldProcess = $true)]
    [OutputType('System.IO.FileInfo')]
    param(
        [Parameter(Mandatory = $true, Position = 0, ValueFromPipeline = $true, ValueFromPipelineByPropertyName = $true)]
        [Alias('Id', 'Name')]
        [string] $Container,
        [Parameter(Mandatory = $true, Position = 1)]
        [string] $Path
    )

    process {
        $file = $PSCmdlet.GetUnresolvedProviderPathFromPSPath($Path)
        if ($PSCmdlet.ShouldProcess($Container, "Export to $file")) {
            Invoke-WcowTool -Argument 'export', "--output=$file", $Container -Cmdlet $PSCmdlet -Target $Container
            if (-not $script:ExitCode) {
                Get-Item -LiteralPath $file
            }
        }
    }
}
