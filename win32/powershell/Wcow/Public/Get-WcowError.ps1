# SPDX-License-Identifier: MIT
function Get-WcowError {
    <#
    .SYNOPSIS
    Says what an error code means and what to do about it.
    .DESCRIPTION
    Explains codes of Windows containers: as 0xC0370106, as a number, by name, or found in a message or an error
    record.
    .PARAMETER Code
    Codes, names or messages; error records are taken from the pipeline.
    .EXAMPLE
    Get-WcowError 0xC0370106 | Format-List
    .EXAMPLE
    $Error[0] | Get-WcowError
    .EXAMPLE
    Get-WcowError

    All that are known.
    #>
    [CmdletBinding()]
    [OutputType('Wcow.Error')]
    param(
        [Parameter(Position = 0, ValueFromPipeline = $true)]
        [object[]] $Code
    )

    process {
        foreach ($each in $Code) {
            $text = $each
            if ($each -is [System.Management.Automation.ErrorRecord]) {
                $text = if ($each.Exception.HResult -and "$each" -notmatch '0x[0-9A-Fa-f]{8}') {
                    '0x{0:X8}' -f $each.Exception.HResult
                } else { "$each" }
            }
            Get-WcowObject -Kind Explanation -Argument 'explain', '--format=json', "$text" -Cmdlet $PSCmdlet -Target $each
        }
    }
    end {
        if (-not $PSBoundParameters.ContainsKey('Code') -and -not $MyInvocation.ExpectingInput) {
            Get-WcowObject -Kind Explanation -Argument 'explain', '--list', '--format=json' -Cmdlet $PSCmdlet
        }
    }
}
