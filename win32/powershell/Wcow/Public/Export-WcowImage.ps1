# SPDX-License-Identifier: MIT
function Export-WcowImage {
    <#
    .SYNOPSIS
    Writes images into an archive.
    .DESCRIPTION
    Writes an archive that Import-WcowImage, docker load and skopeo read, and returns its file.
    .PARAMETER Image
    Names, or objects of Get-WcowImage; wildcards are taken.
    .PARAMETER Path
    The archive.
    .PARAMETER Platform
    Only an image of this platform.
    .EXAMPLE
    Export-WcowImage web:1, db:1 -Path C:\images\all.tar
    .EXAMPLE
    Get-WcowImage web* | Export-WcowImage -Path web.tar
    #>
    [CmdletBinding(SupportsShouldProcess = $true)]
    [OutputType('System.IO.FileInfo')]
    param(
        [Parameter(Mandatory = $true, Position = 0, ValueFromPipeline = $true, ValueFromPipelineByPropertyName = $true)]
        [Alias('Reference')]
        [SupportsWildcards()]
        [string[]] $Image,
        [Parameter(Mandatory = $true, Position = 1)]
        [string] $Path,
        [string] $Platform
    )

    begin {
        $names = @()
    }
    process {
        $names += @(Resolve-WcowName -Kind Image -Name $Image -Cmdlet $PSCmdlet)
    }
    end {
        $file = $PSCmdlet.GetUnresolvedProviderPathFromPSPath($Path)
        if ($names -and $PSCmdlet.ShouldProcess($file, "Save $names")) {
            $argument = @(ConvertTo-WcowArgument -Name 'Export-WcowImage' -Bound $PSBoundParameters)
            Invoke-WcowTool -Argument ($argument + "--output=$file" + $names) -Cmdlet $PSCmdlet -Target $file
            if (-not $script:ExitCode) {
                Get-Item -LiteralPath $file
            }
        }
    }
}
