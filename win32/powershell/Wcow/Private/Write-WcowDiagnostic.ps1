# SPDX-License-Identifier: MIT
# A failure, a warning or a note as `wcow --errors json` writes it, with all of its members in their order: other JSON is what a
# program of a container wrote.
$script:Diagnostic = '^\{"(?:error|warning|note)":#,"status":"[a-z ]*","hresult":"(?:0x[0-9A-F]{8})?","hint":#,"events":#\}$' -replace '#', '"(?:[^"\\]|\\.)*"'

# What `wcow run` says before it starts a container.
$script:Preparation = '^(?:WARNING: |\{"warning":"(?:[^"\\]|\\.)*","status":"ok",|Unable to find image ''|\S+: Pulling from |[0-9a-f]{12}: |Digest: sha256:|Status: (?:Downloaded newer image|Image is up to date) for )'

# The object of such a line; nothing: it is none.
function ConvertFrom-WcowDiagnostic {
    param([AllowEmptyString()] [string] $Line)

    if ($Line -cnotmatch $script:Diagnostic) {
        return
    }
    try {
        ConvertFrom-Json -InputObject $Line
    } catch {
        Write-Debug $_
    }
}

# Passes on a line of wcow's standard error: returns 1 for a failure of wcow's, else 0. -Program: the line can be that of
# a container's program, too.
function Write-WcowDiagnostic {
    param([AllowEmptyString()] [string] $Line, [System.Management.Automation.PSCmdlet] $Cmdlet, $Target, [switch] $Program)

    $said = ConvertFrom-WcowDiagnostic -Line $Line
    if ($said -and $said.PSObject.Properties['warning']) {
        $Cmdlet.WriteWarning($said.warning)
        return 0
    }
    if ($said -and $said.PSObject.Properties['note']) {
        $Cmdlet.WriteVerbose($said.note)
        return 0
    }
    if ($said) {
        $Cmdlet.WriteError((ConvertTo-WcowErrorRecord -Failure $said -Target $Target))
        return 1
    }
    if ($Line -match '^WARNING: (.*)' -and (-not $Program -or $Line.StartsWith('WARNING: Error loading config file: '))) {
        $Cmdlet.WriteWarning($Matches[1])
    } elseif ($Program) {
        # As PowerShell does for programs that it runs itself.
        $problem = New-Object System.Management.Automation.RemoteException $Line
        $Cmdlet.WriteError((New-Object System.Management.Automation.ErrorRecord $problem, 'NativeCommandError', 'FromStdErr', $Target))
    } elseif ($Line) {
        $Cmdlet.WriteVerbose($Line)
    }
    return 0
}
